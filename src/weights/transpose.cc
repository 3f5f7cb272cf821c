// weights/transpose.cc — transpose and reshape: a strided view of a source, packed as it is read.
//
// A view of a view is one view, and element-wise transforms move outside of it, so that the view stands right on the bytes in
// memory, where it is fast.

#include <numeric>

#include "weights/cast.h"
#include "weights/elementwise.h"
#include "weights/scale.h"
#include "weights/source.h"
#include "weights/strided.h"
#include "weights/strided_copy.h"

namespace kelt {
namespace {

std::vector<Axis> row_major(const Shape& shape) {
  std::vector<Axis> axes(shape.size());
  size_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    axes[i] = {static_cast<size_t>(shape[i]), stride};
    stride *= axes[i].length;
  }
  return axes;
}

// The axes of `shape`, each as one or several axes of the view whose elements it names in order; empty if one of them would
// have to be cut where it can't.
std::optional<std::vector<std::vector<Axis>>> refine(std::span<const Axis> view, const Shape& shape) {
  std::vector<std::vector<Axis>> groups(shape.size());
  Axis rest{1, 1};
  for (size_t i = 0; i < shape.size(); ++i) {
    auto wanted = static_cast<size_t>(shape[i]);
    while (wanted > 1) {
      if (rest.length == 1) {
        rest = view.front();
        view = view.subspan(1);
      }
      if (wanted % rest.length == 0) {
        groups[i].push_back(rest);
        wanted /= rest.length;
        rest.length = 1;
      } else if (rest.length % wanted == 0) {
        rest.length /= wanted;
        groups[i].push_back({wanted, rest.length * rest.stride});
        wanted = 1;
      } else {
        return std::nullopt;
      }
    }
  }
  return groups;
}

bool is_permutation_of(std::span<const int> permutation, size_t rank) {
  std::vector<int> sorted(permutation.begin(), permutation.end());
  std::vector<int> expected(rank);
  std::sort(sorted.begin(), sorted.end());
  std::iota(expected.begin(), expected.end(), 0);
  return sorted == expected;
}

Array transpose_bytes(const Array& array, std::span<const int> permutation, Shape shape) {
  View view{array.source, {}};
  if (auto found = view_of(array)) {
    view = *std::move(found);
  } else {
    for (const Axis& axis : row_major(array.shape)) view.groups.push_back({axis});
  }
  std::vector<Axis> axes;
  for (const int axis : permutation) {
    const std::vector<Axis>& group = view.groups[static_cast<size_t>(axis)];
    axes.insert(axes.end(), group.begin(), group.end());
  }
  return packed_view(array.dtype, std::move(shape), std::move(view.base), axes);
}

}  // namespace

Array packed_view(DType dtype, Shape shape, std::shared_ptr<const ByteSource> base, std::span<const Axis> view) {
  std::vector<Axis> axes = collapse(view);
  const bool moves = axes.size() > 1 || (axes.size() == 1 && axes[0].stride != 1);
  if (!moves) return {dtype, std::move(shape), std::move(base)};
  return {dtype, std::move(shape), std::make_shared<StridedSource>(std::move(base), byte_size(dtype, 1), std::move(axes))};
}

std::optional<View> view_of(const Array& array) {
  View view{array.source, {}};
  const auto* strided = dynamic_cast<const StridedSource*>(array.source.get());
  if (strided == nullptr || strided->item() != byte_size(array.dtype, 1)) {
    for (const Axis& axis : row_major(array.shape)) view.groups.push_back({axis});
    return view;
  }
  auto groups = refine(strided->axes(), array.shape);
  if (!groups) return std::nullopt;
  view.base = strided->base();
  for (const std::vector<Axis>& group : *groups) view.groups.push_back(collapse(group));
  return view;
}

Array array_of_view(const View& view, Shape shape, const Array& base) {
  std::vector<Axis> axes;
  for (const std::vector<Axis>& group : view.groups) axes.insert(axes.end(), group.begin(), group.end());
  return packed_view(base.dtype, std::move(shape), base.source, axes);
}

Array transpose(const Array& array, std::span<const int> permutation) {
  if (!is_permutation_of(permutation, array.shape.size())) {
    return failed(array.dtype, array.shape,
                  {.code = Code::kInternal, .what = "can't transpose " + shape_text(array.shape) + ": not a permutation of its axes"});
  }
  Shape shape;
  for (const int axis : permutation) shape.push_back(array.shape[static_cast<size_t>(axis)]);
  if (array.count() == 0) return {array.dtype, std::move(shape), array.source};
  if (array.dtype == DType::kInt4) return cast(transpose(cast(array, DType::kInt8), permutation), DType::kInt4);
  if (const auto* cast_from = dynamic_cast<const CastSource*>(array.source.get());
      cast_from != nullptr && cast_from->from().dtype != DType::kInt4) {
    const Array& from = cast_from->from();
    return cast_from->of(transpose({from.dtype, array.shape, from.source}, permutation));
  }
  if (const auto* scaled = dynamic_cast<const ScaleSource*>(array.source.get());
      scaled != nullptr && scaled->array().shape == array.shape) {
    const auto axis = std::find(permutation.begin(), permutation.end(), scaled->axis()) - permutation.begin();
    return scale_along(transpose(scaled->array(), permutation), static_cast<int>(axis), scaled->factors());
  }
  if (const auto* computed = dynamic_cast<const ElementwiseSource*>(array.source.get());
      computed != nullptr && computed->operands()[0].shape == array.shape) {
    std::vector<Array> operands;
    for (const Array& operand : computed->operands()) operands.push_back(transpose(operand, permutation));
    return elementwise(computed->op(), std::move(operands));
  }
  return transpose_bytes(array, permutation, std::move(shape));
}

Array broadcast(const Array& array, const Shape& shape) {
  if (array.shape == shape) return array;
  const size_t added = shape.size() - std::min(shape.size(), array.shape.size());
  bool fits = array.dtype != DType::kInt4 && shape.size() >= array.shape.size();
  for (size_t i = added; fits && i < shape.size(); ++i) fits = array.shape[i - added] == shape[i] || array.shape[i - added] == 1;
  if (!fits || !checked_count(shape)) {
    return failed(array.dtype, shape,
                  {.code = Code::kInternal, .what = "can't broadcast " + shape_text(array.shape) + " to " + shape_text(shape)});
  }
  const std::vector<Axis> own = row_major(array.shape);
  std::vector<Axis> axes;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool repeated = i < added || array.shape[i - added] != shape[i];
    axes.push_back({static_cast<size_t>(shape[i]), repeated ? 0 : own[i - added].stride});
  }
  return packed_view(array.dtype, shape, array.source, axes);
}

Array reshape(const Array& array, Shape shape) {
  if (checked_count(shape) != array.count()) {
    return failed(array.dtype, shape,
                  {.code = Code::kInternal, .what = "can't reshape " + shape_text(array.shape) + " to " + shape_text(shape)});
  }
  if (const auto* computed = dynamic_cast<const ElementwiseSource*>(array.source.get()); computed != nullptr) {
    std::vector<Array> operands;  // so that a transpose of it can still move inside
    for (const Array& operand : computed->operands()) operands.push_back(reshape(operand, shape));
    return elementwise(computed->op(), std::move(operands));
  }
  return {array.dtype, std::move(shape), array.source};
}

}  // namespace kelt
