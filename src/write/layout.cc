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

constexpr const char* kMinRuntimeVersion = "min_runtime_version";

uint64_t align(uint64_t offset, uint64_t to = kAlignment) { return (offset + to - 1) / to * to; }

// The model's own, and the runtime that it needs: 16 bytes, as every reader expects. What a file said when it was read stays.
std::vector<litert::Metadata> metadata_of(const litert::Model& model) {
  std::vector<litert::Metadata> metadata = model.metadata;
  const auto is_min_version = [](const litert::Metadata& entry) { return entry.name == kMinRuntimeVersion; };
  if (std::any_of(metadata.begin(), metadata.end(), is_min_version)) return metadata;
  std::string version = litert::min_runtime_version(model);
  version.resize(16, '\0');
  metadata.push_back({kMinRuntimeVersion, array_from<uint8_t>({16}, std::span(reinterpret_cast<const uint8_t*>(version.data()), 16))});
  return metadata;
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

}  // namespace

Result<Layout> lay_out(const litert::Model& model, size_t slice_bytes) {
  KELT_RETURN_IF_ERROR(check_known(model));
  const std::vector<litert::Metadata> metadata = metadata_of(model);
  Layout layout;
  KELT_ASSIGN_OR_RETURN(layout.buffers, collect_buffers(model, metadata));
  KELT_ASSIGN_OR_RETURN(Flatbuffer flatbuffer, build_flatbuffer(model, metadata, layout.buffers));
  layout.flatbuffer_bytes = flatbuffer.bytes.size();

  uint64_t cursor = align(flatbuffer.bytes.size());
  layout.head = std::move(flatbuffer.bytes);
  layout.head.resize(cursor);
  std::vector<StoredBuffer>& stored = layout.buffers.stored;
  for (size_t i = 0; i < stored.size(); ++i) {
    stored[i].offset = align(cursor);
    cursor = stored[i].offset + stored[i].size;
    flatbuffers::WriteScalar<uint64_t>(layout.head.data() + flatbuffer.offset_fields[i], stored[i].offset);
  }
  layout.file_bytes = cursor;

  Slicer slicer(slice_bytes);
  for (size_t i = 0; i < stored.size(); ++i) {
    slicer.add(i, stored[i], i + 1 < stored.size() ? stored[i + 1].offset : layout.file_bytes);
  }
  layout.slices = slicer.take();
  return layout;
}

Result<std::vector<std::byte>> lay_out_before(std::span<const std::byte> file, const litert::Model& model, size_t page) {
  KELT_RETURN_IF_ERROR(check_known(model));
  const std::vector<litert::Metadata> metadata = metadata_of(model);
  KELT_ASSIGN_OR_RETURN(Buffers buffers, collect_buffers(model, metadata, Merge::kSameSource));
  KELT_ASSIGN_OR_RETURN(Flatbuffer flatbuffer, build_flatbuffer(model, metadata, buffers));
  std::vector<std::byte> head = std::move(flatbuffer.bytes);
  std::vector<std::optional<uint64_t>> in_file;
  for (StoredBuffer& buffer : buffers.stored) {
    in_file.push_back(offset_in(file, buffer));
    if (in_file.back()) continue;
    buffer.offset = align(head.size());
    head.resize(buffer.offset + buffer.size);
    const std::span<std::byte> place = std::span(head).subspan(buffer.offset);
    KELT_RETURN_IF_ERROR(buffer.source->read(0, place).note("while reading " + buffer.user));
  }
  head.resize(align(head.size(), page));
  for (size_t i = 0; i < in_file.size(); ++i) {
    const uint64_t offset = in_file[i] ? head.size() + *in_file[i] : buffers.stored[i].offset;
    flatbuffers::WriteScalar<uint64_t>(head.data() + flatbuffer.offset_fields[i], offset);
  }
  return head;
}

}  // namespace kelt::write
