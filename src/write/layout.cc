#include "write/layout.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "flatbuffers/base.h"
#include "litert/op_versions.h"
#include "write/flatbuffer.h"

namespace kelt::write {
namespace {

// How much larger a slice may be to suit its source.
constexpr uint64_t kStretch = 4;

constexpr size_t kVersionBytes = 16;

uint64_t align(uint64_t offset, uint64_t to = kAlignment) { return (offset + to - 1) / to * to; }

// The metadata of the file, and its buffers. To the model's own the runtime that it needs is added: 16 bytes, as every reader
// expects. What a file said when it was read stays.
struct Parts {
  std::vector<litert::Metadata> metadata;
  Buffers buffers;
};

Result<Parts> collect(const litert::Model& model, Merge merge) {
  Parts parts{.metadata = model.metadata, .buffers = {}};
  KELT_ASSIGN_OR_RETURN(parts.buffers, collect_buffers(model, merge));
  if (std::ranges::find(model.metadata, kMinRuntimeVersion, &litert::Metadata::name) != model.metadata.end()) return parts;
  parts.metadata.push_back({kMinRuntimeVersion, {}});
  parts.buffers.stored.push_back({.user = "the runtime's version", .size = kVersionBytes});
  parts.buffers.of_metadata.push_back(static_cast<uint32_t>(parts.buffers.stored.size()));
  return parts;
}

// It depends on where the constants lie, which depends on how large all is.
void fill_version(const litert::Model& model, Constants constants, Buffers& buffers) {
  if (buffers.stored.empty() || buffers.stored.back().source != nullptr) return;
  std::string version = litert::min_runtime_version(model, constants == Constants::kOutside);
  version.resize(kVersionBytes, '\0');
  const auto bytes = std::as_bytes(std::span(version));
  buffers.stored.back().source = array_of(DType::kUInt8, {kVersionBytes}, {bytes.begin(), bytes.end()}).source;
}

class Slicer {
 public:
  explicit Slicer(size_t limit) : limit_(limit) {}

  // `end` is where the next buffer begins, or the file ends: the padding goes with what precedes it.
  void add(size_t index, const StoredBuffer& buffer, uint64_t end) {
    if (!open_.empty() && end - open_.back().begin <= limit_) {
      open_.back().end = end;
      return;
    }
    const size_t grain = std::max<size_t>(1, buffer.source->grain());
    const uint64_t piece = grain <= limit_ ? limit_ / grain * grain : grain <= kStretch * limit_ ? grain : limit_;
    for (uint64_t at = buffer.offset; at < end; at += piece) open_.push_back({at, std::min(at + piece, end), index});
    // A last slice of padding alone joins the one before.
    if (open_.size() > 1 && open_.back().begin >= buffer.offset + buffer.size && open_.back().first == index &&
        open_[open_.size() - 2].first == index) {
      open_.pop_back();
      open_.back().end = end;
    }
  }

  std::vector<Slice> take() { return std::move(open_); }

 private:
  uint64_t limit_;
  std::vector<Slice> open_;  // the last one may still grow
};

Result<void> check_known(const litert::Model& model) {
  if (model.unknown_fields.empty()) return {};
  return Error{.code = Code::kUnsupported,
               .what = "the model holds fields that kelt does not know: " + model.unknown_fields.front(),
               .remedy = "A newer kelt may know them; what they refer to would be lost"};
}

// Where the bytes lie in the file, if they do.
std::optional<uint64_t> offset_in(std::span<const std::byte> file, const StoredBuffer& buffer) {
  const auto memory = buffer.source->in_memory();
  const std::less<const std::byte*> before;
  if (!memory || file.empty() || before(memory->data(), file.data())) return std::nullopt;
  if (before(file.data() + file.size(), memory->data() + memory->size())) return std::nullopt;
  return static_cast<uint64_t>(memory->data() - file.data());
}

// Lays the tables out, and the constants behind them.
Result<void> place(const litert::Model& model, std::span<const litert::Metadata> metadata, Layout& layout) {
  KELT_ASSIGN_OR_RETURN(Flatbuffer flatbuffer, build_flatbuffer(model, metadata, layout.buffers, layout.constants));
  layout.table_bytes = flatbuffer.bytes.size();
  const uint64_t prefix = prefix_bytes(layout.constants);
  uint64_t cursor = layout.table_bytes;
  for (StoredBuffer& buffer : layout.buffers.stored) {
    buffer.offset = align(cursor + prefix);
    cursor = buffer.offset + buffer.size;
  }
  layout.file_bytes = cursor;
  if (layout.constants == Constants::kInside && layout.file_bytes > kLargestFlatbuffer) return {};
  layout.head = std::move(flatbuffer.bytes);
  const std::vector<StoredBuffer>& stored = layout.buffers.stored;  // one at least: the runtime's version
  layout.head.resize(stored.front().offset);
  for (size_t i = 0; i < stored.size(); ++i) point_at(layout.head, flatbuffer.fields[i], layout.constants, stored[i].offset);
  if (prefix != 0) flatbuffers::WriteScalar(layout.head.data() + stored.front().offset - prefix, prefix_of(stored.front()));
  return {};
}

}  // namespace

Result<Layout> lay_out(const litert::Model& model, size_t slice_bytes) {
  KELT_RETURN_IF_ERROR(check_known(model));
  KELT_ASSIGN_OR_RETURN(Parts parts, collect(model, Merge::kEqualBytes));
  Layout layout{.buffers = std::move(parts.buffers)};
  layout.constants = model.constants_outside ? Constants::kOutside : Constants::kInside;
  KELT_RETURN_IF_ERROR(place(model, parts.metadata, layout));
  if (layout.constants == Constants::kInside && layout.file_bytes > kLargestFlatbuffer) {
    layout.constants = Constants::kOutside;
    KELT_RETURN_IF_ERROR(place(model, parts.metadata, layout));
  }
  fill_version(model, layout.constants, layout.buffers);

  const std::vector<StoredBuffer>& stored = layout.buffers.stored;
  Slicer slicer(slice_bytes);
  for (size_t i = 0; i < stored.size(); ++i) {
    slicer.add(i, stored[i], i + 1 < stored.size() ? stored[i + 1].offset : layout.file_bytes);
  }
  layout.slices = slicer.take();
  return layout;
}

Result<std::vector<std::byte>> lay_out_before(std::span<const std::byte> file, const litert::Model& model, size_t page) {
  KELT_RETURN_IF_ERROR(check_known(model));
  KELT_ASSIGN_OR_RETURN(Parts parts, collect(model, Merge::kSameSource));
  fill_version(model, Constants::kOutside, parts.buffers);
  KELT_ASSIGN_OR_RETURN(Flatbuffer flatbuffer, build_flatbuffer(model, parts.metadata, parts.buffers, Constants::kOutside));
  std::vector<std::byte> head = std::move(flatbuffer.bytes);
  std::vector<std::optional<uint64_t>> in_file;
  for (StoredBuffer& buffer : parts.buffers.stored) {
    in_file.push_back(offset_in(file, buffer));
    if (in_file.back()) continue;
    buffer.offset = align(head.size());
    head.resize(buffer.offset + buffer.size);
    const std::span<std::byte> place = std::span(head).subspan(buffer.offset);
    KELT_RETURN_IF_ERROR(buffer.source->read(0, place).note("while reading " + buffer.user));
  }
  head.resize(align(head.size(), page));
  for (size_t i = 0; i < in_file.size(); ++i) {
    const uint64_t offset = in_file[i] ? head.size() + *in_file[i] : parts.buffers.stored[i].offset;
    point_at(head, flatbuffer.fields[i], Constants::kOutside, offset);
  }
  return head;
}

}  // namespace kelt::write
