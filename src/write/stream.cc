#include "write/stream.h"

#include <algorithm>
#include <array>

namespace kelt::write {

namespace {

// The size before the bytes of a constant inside, or what of it falls into the slice.
void put_prefix(const StoredBuffer& buffer, uint64_t prefix, const Slice& slice, std::span<std::byte> out) {
  std::array<std::byte, sizeof(flatbuffers::uoffset_t)> bytes{};
  flatbuffers::WriteScalar(bytes.data(), prefix_of(buffer));
  for (uint64_t i = 0; i < prefix; ++i) {
    const uint64_t at = buffer.offset - prefix + i;
    if (at >= slice.begin && at < slice.end) out[at - slice.begin] = bytes[i];
  }
}

}  // namespace

Result<void> fill_slice(const Layout& layout, const Slice& slice, std::span<std::byte> out) {
  uint64_t cursor = slice.begin;
  const auto part = [&](uint64_t begin, uint64_t end) { return out.subspan(begin - slice.begin, end - begin); };
  const std::vector<StoredBuffer>& stored = layout.buffers.stored;
  const uint64_t prefix = prefix_bytes(layout.constants);
  for (size_t i = slice.first; i < stored.size() && stored[i].offset - prefix < slice.end; ++i) {
    const StoredBuffer& buffer = stored[i];
    const uint64_t begin = std::min(std::max(buffer.offset, cursor), slice.end);
    const uint64_t end = std::min(buffer.offset + buffer.size, slice.end);
    std::ranges::fill(part(cursor, begin), std::byte{0});
    put_prefix(buffer, prefix, slice, out);
    const bool late = layout.buffers.fingerprints && i == layout.buffers.fingerprints_at;
    if (late && begin < end) std::ranges::fill(part(begin, end), std::byte{0});
    if (!late && begin < end)
      KELT_RETURN_IF_ERROR(buffer.source->read(begin - buffer.offset, part(begin, end)).note("while writing " + buffer.user));
    cursor = std::max(begin, end);
  }
  std::ranges::fill(part(cursor, slice.end), std::byte{0});
  return {};
}

std::optional<std::span<const std::byte>> slice_in_memory(const Layout& layout, const Slice& slice) {
  const std::vector<StoredBuffer>& stored = layout.buffers.stored;
  const StoredBuffer& buffer = stored[slice.first];
  const uint64_t end = buffer.offset + buffer.size;
  const bool alone = slice.first + 1 == stored.size() || slice.end <= stored[slice.first + 1].offset;
  if (!alone || slice.begin < buffer.offset || slice.begin >= end) return std::nullopt;
  const auto memory = buffer.source->in_memory();
  if (!memory) return std::nullopt;
  return memory->subspan(slice.begin - buffer.offset, std::min(slice.end, end) - slice.begin);
}

Result<LateBytes> late_bytes(const Layout& layout) {
  if (!layout.buffers.fingerprints) return LateBytes{};
  KELT_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, layout.buffers.fingerprints->bytes());
  return LateBytes{layout.buffers.stored[layout.buffers.fingerprints_at].offset, std::move(bytes)};
}

}  // namespace kelt::write
