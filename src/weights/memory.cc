// weights/memory.cc — arrays whose bytes lie in memory: owned, borrowed, or a range of a mapped file.

#include "base/mapped_file.h"
#include "weights/source.h"
#include "weights/strided.h"

namespace kelt {
namespace {

class MemorySource : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) : bytes_(bytes), owner_(std::move(owner)) {}
  [[nodiscard]] size_t size() const override { return bytes_.size(); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return {};
  }
  [[nodiscard]] std::optional<std::span<const std::byte>> in_memory() const override { return bytes_; }
  // The place is the identity, for as long as someone holds the array.
  [[nodiscard]] std::string identity() const override {
    return "memory(" + std::to_string(reinterpret_cast<uintptr_t>(bytes_.data())) + "," + std::to_string(bytes_.size()) + ")";
  }

 private:
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
};

// Of a mapping, which is kept alive.
class FileSource : public MemorySource {
 public:
  FileSource(std::span<const std::byte> bytes, std::span<const std::byte> mapping, std::shared_ptr<const void> owner)
      : MemorySource(bytes, std::move(owner)), bytes_(bytes), mapping_(mapping) {}
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    KELT_RETURN_IF_ERROR(MemorySource::read(offset, out));
    if (out.size() >= kManyBytes) let_go(offset, out.size());
    return {};
  }
  void let_go(size_t offset, size_t size) const override { let_go_of_pages(mapping_, bytes_.subspan(offset, size)); }

 private:
  std::span<const std::byte> bytes_, mapping_;
};

std::shared_ptr<const ByteSource> source_of(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, Held held) {
  if (held == Held::kInFile) return std::make_shared<FileSource>(bytes, bytes, std::move(owner));
  return std::make_shared<MemorySource>(bytes, std::move(owner));
}

}  // namespace

Array array_of(DType dtype, Shape shape, std::vector<std::byte> bytes) {
  const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return borrow(dtype, std::move(shape), *owner, owner);
}

Array borrow(DType dtype, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const void> owner, Held held) {
  const auto count = checked_count(shape);
  if (!count || byte_size(dtype, *count) != bytes.size()) {
    const std::string what = std::to_string(bytes.size()) + " bytes are not those of " + std::string(name(dtype)) + " " + shape_text(shape);
    return failed(dtype, std::move(shape), {.code = Code::kInternal, .what = what});
  }
  return {dtype, std::move(shape), source_of(bytes, std::move(owner), held)};
}

Array borrow_strided(DType dtype, Shape shape, std::span<const int64_t> strides, std::span<const std::byte> bytes,
                     std::shared_ptr<const void> owner, Held held) {
  const auto count = checked_count(shape);
  bool fits = count && dtype != DType::kInt4 && strides.size() == shape.size();
  std::vector<Axis> axes;
  size_t last = 0;  // element
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    axes.push_back({static_cast<size_t>(shape[i]), static_cast<size_t>(strides[i])});
    size_t reach = 0;
    fits = strides[i] >= 0 && !__builtin_mul_overflow(axes[i].stride, std::max<size_t>(axes[i].length, 1) - 1, &reach) &&
           !__builtin_add_overflow(last, reach, &last);
  }
  const size_t item = byte_size(dtype, 1);
  if (!fits || (*count > 0 && last >= bytes.size() / item)) {
    const std::string what =
        std::to_string(bytes.size()) + " bytes don't hold a strided " + std::string(name(dtype)) + " " + shape_text(shape);
    return failed(dtype, std::move(shape), {.code = Code::kInternal, .what = what});
  }
  if (*count == 0) return array_of(dtype, std::move(shape), {});
  const auto base = source_of(bytes.first((last + 1) * item), std::move(owner), held);
  return packed_view(dtype, std::move(shape), base, axes);
}

Result<Array> file_range(DType dtype, Shape shape, std::shared_ptr<const MappedFile> file, uint64_t offset) {
  const auto count = checked_count(shape);
  const std::span<const std::byte> all = file->bytes();
  if (!count || offset > all.size() || byte_size(dtype, *count) > all.size() - offset) {
    return Error{.code = Code::kBadModule,
                 .what = std::string(name(dtype)) + " " + shape_text(shape) + " at offset " + std::to_string(offset) + " lies outside " +
                         file->path().string() + ", which has " + std::to_string(all.size()) + " bytes",
                 .remedy = "The file may be cut short: copy or save it again"};
  }
  const std::span<const std::byte> bytes = all.subspan(offset, byte_size(dtype, *count));
  return Array{dtype, std::move(shape), std::make_shared<FileSource>(bytes, all, std::move(file))};
}

}  // namespace kelt
