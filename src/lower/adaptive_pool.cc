// lower/adaptive_pool.cc — keras.ops.adaptive_average_pool, adaptive_max_pool → AVERAGE_POOL_2D, MAX_POOL_2D, GATHER.
//
// Where the output divides the input it is a common pooling. Else the windows have two sizes: both are pooled at every place, and
// the outputs pick theirs, as Keras does. Of a length that is not known, each output takes its window out of the whole.

#include <algorithm>

#include "lower/core/strided_slice.h"
#include "lower/lowerings.h"
#include "lower/sliding.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// Window i holds ⌊i·length / out⌋ up to ⌈(i + 1)·length / out⌉.
Result<Value> pool_windows(Lowering& to, BuiltinOperator code, const Value& x, int64_t out) {
  const bool maximum = code == BuiltinOperator::MAX_POOL_2D;
  std::vector<Value> parts;
  for (int64_t i = 0; i < out; ++i) {
    const Dim begin = Dim::floor_div(Dim(i) * x.dim(1), Dim(out));
    const Dim end = Dim::floor_div(Dim(i + 1) * x.dim(1) + Dim(out - 1), Dim(out));
    KELT_ASSIGN_OR_RETURN(const Bound from, bound_of(to, begin, x.dim(1)));
    KELT_ASSIGN_OR_RETURN(const Bound until, bound_of(to, end, x.dim(1)));
    KELT_ASSIGN_OR_RETURN(const Value window, slice_axis(to, x, 1, from, until, end - begin));
    const std::vector<int> axes = {1};
    // Of windows whose length is not known there may be many: each is short.
    const bool added_at_once = out > 1 && !window.dim(1).is_static();
    parts.push_back(maximum         ? reduce(to, BuiltinOperator::REDUCE_MAX, window, axes, true)
                    : added_at_once ? reduce(to, BuiltinOperator::MEAN, window, axes, true)
                                    : mean_of(to, window, axes, true));
  }
  return concatenate(to, parts, 1);
}

// x [n, length, width, c] → [n, out, width, c]
Result<Value> pool_height(Lowering& to, BuiltinOperator code, const Value& x, int64_t out) {
  using Pair = std::vector<int64_t>;
  const auto length = x.dim(1).value();
  if (!length) return pool_windows(to, code, x, out);
  if (*length == out) return x;
  const auto pooled = [&](int64_t window, int64_t stride) {
    return pool_2d(to, code, x, Pair{window, 1}, Pair{stride, 1}, tflite::Padding::VALID);
  };
  if (*length % out == 0) return pooled(*length / out, *length / out);

  const int64_t small = (*length + out - 1) / out;
  const int64_t small_count = *length - small + 1;
  std::vector<int32_t> picks;
  bool any_big = false;
  for (int64_t i = 0; i < out; ++i) {
    const int64_t start = i * *length / out;
    const int64_t end = ((i + 1) * *length + out - 1) / out;
    const bool big = end - start == small + 1;
    any_big = any_big || big;
    picks.push_back(clamp_int32(big ? start + small_count : start));
  }
  const Value all = any_big ? concatenate(to, std::vector<Value>{pooled(small, 1), pooled(small + 1, 1)}, 1) : pooled(small, 1);
  return gather(to, all, to.ints(picks), 1);
}

// Pools `axis` of x, [n, .., c], as the height of an image whose width is all that follows.
Result<Value> pool_axis(Lowering& to, BuiltinOperator code, const Value& x, int axis, int64_t out) {
  const Dims before(x.dims.begin(), x.dims.begin() + axis);
  if (axis == 1 && x.rank() == 4) return pool_height(to, code, x, out);
  const Dims between(x.dims.begin() + axis + 1, x.dims.end() - 1);
  KELT_ASSIGN_OR_RETURN(const Value image, reshape(to, x, {product_of(before), x.dim(axis), product_of(between), x.dim(-1)}));
  KELT_ASSIGN_OR_RETURN(const Value pooled, pool_height(to, code, image, out));
  Dims dims = x.dims;
  dims[static_cast<size_t>(axis)] = Dim(out);
  return reshape(to, pooled, dims);
}

Result<void> lower_adaptive_pool(const graph::Node& node, Lowering& to, BuiltinOperator code) {
  Arguments args(node, to);
  const Value inputs = args.tensor("inputs");
  const std::vector<int64_t> size = args.repeated("output_size", spatial_rank(inputs));
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());

  Value y = channels_last(to, cast(to, inputs, DType::kFloat32), channels_first);
  for (size_t i = 0; i < size.size(); ++i) {
    KELT_ASSIGN_OR_RETURN(y, pool_axis(to, code, y, static_cast<int>(i) + 1, size[i]));
  }
  return to.bind(node, cast(to, restore_layout(to, y, channels_first), inputs.dtype));
}

}  // namespace

Result<void> lower_adaptive_average_pool(const graph::Node& node, Lowering& to) {
  return lower_adaptive_pool(node, to, BuiltinOperator::AVERAGE_POOL_2D);
}

Result<void> lower_adaptive_max_pool(const graph::Node& node, Lowering& to) {
  return lower_adaptive_pool(node, to, BuiltinOperator::MAX_POOL_2D);
}

}  // namespace kelt::lower
