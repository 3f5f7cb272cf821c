#include "weights/scale.h"

namespace kelt {

ScaleSource::ScaleSource(Array array, int axis, Array factors) : array_(std::move(array)), axis_(axis), factors_(std::move(factors)) {
  for (size_t i = static_cast<size_t>(axis_) + 1; i < array_.shape.size(); ++i) inner_ *= static_cast<size_t>(array_.shape[i]);
}

Result<void> ScaleSource::read(size_t offset, std::span<std::byte> out) const {
  Elements buffer;
  KELT_ASSIGN_OR_RETURN(const auto factors, buffer.read(*factors_.source, 0, factors_.bytes()));
  return read_elements(sizeof(float), offset, out, [&](size_t first, std::span<std::byte> whole) -> Result<void> {
    KELT_RETURN_IF_ERROR(array_.source->read(first * sizeof(float), whole));
    const size_t end = first + whole.size() / sizeof(float);
    const size_t length = factors_.count();
    std::byte* at = whole.data();
    for (size_t i = first; i < end;) {
      const size_t stop = std::min(end, (i / inner_ + 1) * inner_);
      float factor = 0;
      std::memcpy(&factor, factors.data() + i / inner_ % length * sizeof(float), sizeof(float));
      for (; i < stop; ++i, at += sizeof(float)) {
        float value = 0;
        std::memcpy(&value, at, sizeof(float));
        value *= factor;
        std::memcpy(at, &value, sizeof(float));
      }
    }
    return {};
  });
}

std::string ScaleSource::identity() const {
  return "scale(" + shape_text(array_.shape) + "," + std::to_string(axis_) + "," + array_.source->identity() + "," +
         factors_.source->identity() + ")";
}

Array scale_along(const Array& array, int axis, const Array& factors) {
  const auto rank = static_cast<int>(array.shape.size());
  if (array.dtype != DType::kFloat32 || factors.dtype != DType::kFloat32 || axis < 0 || axis >= rank ||
      static_cast<size_t>(array.shape[static_cast<size_t>(axis)]) != factors.count()) {
    return failed(array.dtype, array.shape,
                  {.code = Code::kInternal,
                   .what = "can't scale " + shape_text(array.shape) + " along axis " + std::to_string(axis) + " by " +
                           shape_text(factors.shape) + " factors: both must be float32 and fit"});
  }
  return {array.dtype, array.shape, std::make_shared<ScaleSource>(array, axis, factors)};
}

}  // namespace kelt
