// weights/slice.cc — a part of an array along one axis: runs of its bytes at equal distances.

#include "weights/source.h"

namespace kelt {
namespace {

class SlicedSource : public ByteSource {
 public:
  SlicedSource(std::shared_ptr<const ByteSource> base, size_t begin, size_t run, size_t stride, size_t runs)
      : base_(std::move(base)), begin_(begin), run_(run), stride_(stride), runs_(runs) {}
  [[nodiscard]] size_t size() const override { return run_ * runs_; }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    while (!out.empty()) {
      const size_t at = offset % run_;
      const size_t take = std::min(run_ - at, out.size());
      KELT_RETURN_IF_ERROR(base_->read(offset / run_ * stride_ + begin_ + at, out.first(take)));
      offset += take;
      out = out.subspan(take);
    }
    return {};
  }

  [[nodiscard]] std::optional<std::span<const std::byte>> in_memory() const override {
    const auto memory = runs_ == 1 ? base_->in_memory() : std::nullopt;
    return memory ? std::optional(memory->subspan(begin_, run_)) : std::nullopt;
  }

  void let_go(size_t offset, size_t size) const override {
    if (runs_ == 1) base_->let_go(begin_ + offset, size);
  }

  [[nodiscard]] std::string identity() const override {
    std::string text = "slice(";
    for (const size_t part : {begin_, run_, stride_, runs_}) text += std::to_string(part) + ",";
    return text + base_->identity() + ")";
  }

 private:
  std::shared_ptr<const ByteSource> base_;
  size_t begin_, run_, stride_, runs_;  // in bytes; how many
};

}  // namespace

Array slice(const Array& array, int axis, int64_t begin, int64_t length) {
  Shape shape = array.shape;
  const auto at = static_cast<size_t>(axis);
  if (at >= shape.size() || begin < 0 || length < 0 || length > shape[at] - begin) {
    return failed(array.dtype, array.shape,
                  {.code = Code::kInternal,
                   .what = "can't take " + std::to_string(length) + " from " + std::to_string(begin) + " on along axis " +
                           std::to_string(axis) + " of " + shape_text(array.shape)});
  }
  if (length == shape[at]) return array;
  if (array.dtype == DType::kInt4) return cast(slice(cast(array, DType::kInt8), axis, begin, length), DType::kInt4);
  size_t inner = byte_size(array.dtype, 1);
  for (size_t i = at + 1; i < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
  const size_t stride = inner * static_cast<size_t>(shape[at]);
  shape[at] = length;
  Array part{array.dtype, std::move(shape), nullptr};
  const size_t run = inner * static_cast<size_t>(length);
  part.source =
      std::make_shared<SlicedSource>(array.source, inner * static_cast<size_t>(begin), run, stride, run == 0 ? 0 : part.bytes() / run);
  return part;
}

}  // namespace kelt
