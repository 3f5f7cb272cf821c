// weights/reduce.cc — sums and means over axes, in double precision, of an array that is read once, in slices.

#include "weights/slices.h"
#include "weights/source.h"

namespace kelt {
namespace {

struct Kept {
  std::vector<int> order;  // the axes that stay, then those that are summed over
  Shape shape;             // of the result, with 1 for what is summed over
  size_t inner = 1;        // elements of a sum
};

Kept split_axes(const Shape& shape, const std::vector<bool>& reduced) {
  Kept kept;
  std::vector<int> last;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    (reduced[axis] ? last : kept.order).push_back(static_cast<int>(axis));
    kept.shape.push_back(reduced[axis] ? 1 : shape[axis]);
    if (reduced[axis]) kept.inner *= static_cast<size_t>(shape[axis]);
  }
  kept.order.insert(kept.order.end(), last.begin(), last.end());
  return kept;
}

}  // namespace

Result<Array> sum_over(const Array& array, std::span<const int> axes, bool mean) {
  std::vector<bool> reduced(array.shape.size(), false);
  for (const int axis : axes) {
    if (axis < 0 || static_cast<size_t>(axis) >= reduced.size() || array.dtype != DType::kFloat32) {
      return Error{.code = Code::kInternal, .what = "can't sum over axis " + std::to_string(axis) + " of " + shape_text(array.shape)};
    }
    reduced[static_cast<size_t>(axis)] = true;
  }
  const Kept kept = split_axes(array.shape, reduced);
  std::vector<double> sums(Array{DType::kFloat32, kept.shape, nullptr}.count(), 0.0);
  KELT_RETURN_IF_ERROR(read_floats(transpose(array, kept.order), [&](size_t first, std::span<const float> values) {
    for (size_t i = 0; i < values.size(); ++i) sums[(first + i) / kept.inner] += static_cast<double>(values[i]);
  }));
  std::vector<float> rounded(sums.size());
  const double divisor = mean ? static_cast<double>(kept.inner) : 1.0;
  for (size_t i = 0; i < sums.size(); ++i) rounded[i] = static_cast<float>(sums[i] / divisor);
  return array_from<float>(kept.shape, rounded);
}

}  // namespace kelt
