#include "write/stream.h"

#include <algorithm>

namespace kelt::write {

Result<void> fill_slice(const Layout& layout, const Slice& slice, std::span<std::byte> out) {
  uint64_t cursor = slice.begin;
  const auto part = [&](uint64_t begin, uint64_t end) { return out.subspan(begin - slice.begin, end - begin); };
  const std::vector<StoredBuffer>& stored = layout.buffers.stored;
  for (size_t i = slice.first; i < stored.size() && stored[i].offset < slice.end; ++i) {
    const StoredBuffer& buffer = stored[i];
    const uint64_t begin = std::max(buffer.offset, cursor);
    const uint64_t end = std::min(buffer.offset + buffer.size, slice.end);
    std::ranges::fill(part(cursor, begin), std::byte{0});
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
  const StoredBuffer& buffer = layout.buffers.stored[slice.first];
  if (slice.begin < buffer.offset || slice.end > buffer.offset + buffer.size) return std::nullopt;
  const auto memory = buffer.source->in_memory();
  if (!memory) return std::nullopt;
  return memory->subspan(slice.begin - buffer.offset, slice.end - slice.begin);
}

Result<LateBytes> late_bytes(const Layout& layout) {
  if (!layout.buffers.fingerprints) return LateBytes{};
  KELT_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, layout.buffers.fingerprints->bytes());
  return LateBytes{layout.buffers.stored[layout.buffers.fingerprints_at].offset, std::move(bytes)};
}

}  // namespace kelt::write
