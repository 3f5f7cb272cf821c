// lower/pool.cc — keras.ops.max_pool, average_pool → MAX_POOL_2D, AVERAGE_POOL_2D.
//
// Under `same` padding Keras divides by the number of elements inside the image, and so does LiteRT: no correction. One spatial
// dim is a height of 1; three are two poolings, of each plane and then along the depth, which is the same for a maximum and a mean.
// A window of one element with a stride only picks elements: as a depthwise convolution by one it stays in XNNPACK.

#include <algorithm>

#include "lower/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr int64_t kLarge = 256;

struct Pooling {
  BuiltinOperator code;
  std::vector<int64_t> size, stride;
  tflite::Padding padding;
};

// The mean of a large window is that of its columns' means: the runtime adds one element after the other (lower/sums.h).
Value pool_plane(Lowering& to, const Value& x, const Pooling& pooling) {
  const bool large = pooling.size[0] * pooling.size[1] > kLarge && std::min(pooling.size[0], pooling.size[1]) > 1;
  if (!large || pooling.code != BuiltinOperator::AVERAGE_POOL_2D) {
    return pool_2d(to, pooling.code, x, pooling.size, pooling.stride, pooling.padding);
  }
  const std::vector<int64_t> rows = {pooling.size[0], 1}, by_rows = {pooling.stride[0], 1};
  const std::vector<int64_t> columns = {1, pooling.size[1]}, by_columns = {1, pooling.stride[1]};
  const Value y = pool_2d(to, pooling.code, x, rows, by_rows, pooling.padding);
  return pool_2d(to, pooling.code, y, columns, by_columns, pooling.padding);
}

Result<Value> pool_image(Lowering& to, const Value& x, const Pooling& pooling) {
  const auto channels = x.dim(-1).value();
  const bool picks = std::all_of(pooling.size.begin(), pooling.size.end(), [](int64_t length) { return length == 1; });
  if (!picks || !channels) return pool_plane(to, x, pooling);
  if (pooling.stride == std::vector<int64_t>{1, 1}) return x;
  const Sliding sliding{.stride = pooling.stride, .dilation = {1, 1}, .padding = pooling.padding};
  return convolve_depthwise(to, x, ones(to, {1, 1, *channels, 1}), sliding);
}

// [n, d, h, w, c]: each plane as an image of [n·d, h, w, c], then the depth as the height of [n, d, h·w, c].
Result<Value> pool_volume(Lowering& to, const Value& x, const Pooling& pooling) {
  const Pooling plane{pooling.code, {pooling.size[1], pooling.size[2]}, {pooling.stride[1], pooling.stride[2]}, pooling.padding};
  const Pooling depth{pooling.code, {pooling.size[0], 1}, {pooling.stride[0], 1}, pooling.padding};
  KELT_ASSIGN_OR_RETURN(const Value planes, reshape(to, x, {x.dim(0) * x.dim(1), x.dim(2), x.dim(3), x.dim(4)}));
  KELT_ASSIGN_OR_RETURN(const Value pooled, pool_image(to, planes, plane));
  KELT_ASSIGN_OR_RETURN(const Value columns, reshape(to, pooled, {x.dim(0), x.dim(1), pooled.dim(1) * pooled.dim(2), x.dim(4)}));
  KELT_ASSIGN_OR_RETURN(const Value y, pool_image(to, columns, depth));
  return reshape(to, y, {x.dim(0), y.dim(1), pooled.dim(1), pooled.dim(2), x.dim(4)});
}

Result<Value> pool_row(Lowering& to, const Value& x, Pooling pooling) {
  pooling.size.insert(pooling.size.begin(), 1);
  pooling.stride.insert(pooling.stride.begin(), 1);
  KELT_ASSIGN_OR_RETURN(const Value image, expand_dims(to, x, 1));
  KELT_ASSIGN_OR_RETURN(const Value y, pool_image(to, image, pooling));
  return squeeze(to, y, std::vector<int>{1});
}

Result<void> lower_pool(const graph::Node& node, Lowering& to, BuiltinOperator code) {
  Arguments args(node, to);
  const Value inputs = args.tensor("inputs");
  const size_t spatial = spatial_rank(inputs);
  Pooling pooling{.code = code, .size = args.repeated("pool_size", spatial), .stride = {}, .padding = read_padding(args)};
  pooling.stride = args.optional_integers("strides") ? args.repeated("strides", spatial) : pooling.size;
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());

  const Value x = channels_last(to, cast(to, inputs, DType::kFloat32), channels_first);
  KELT_ASSIGN_OR_RETURN(const Value y, spatial == 1   ? pool_row(to, x, pooling)
                                       : spatial == 2 ? pool_image(to, x, pooling)
                                                      : pool_volume(to, x, pooling));
  return to.bind(node, cast(to, restore_layout(to, y, channels_first), inputs.dtype));
}

}  // namespace

Result<void> lower_max_pool(const graph::Node& node, Lowering& to) { return lower_pool(node, to, BuiltinOperator::MAX_POOL_2D); }
Result<void> lower_average_pool(const graph::Node& node, Lowering& to) { return lower_pool(node, to, BuiltinOperator::AVERAGE_POOL_2D); }

}  // namespace kelt::lower
