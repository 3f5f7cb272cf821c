#include "lower/unknown_sums.h"

#include <algorithm>
#include <numeric>

#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr int kImageRank = 4;      // [n, height, width, channels]
constexpr int64_t kTaps = 9;       // of a convolution: XNNPACK has a kernel for as many
constexpr int kLevels = 5;         // of blocks: a million are 17 of them
constexpr int kLevelsOfImage = 3;  // a side of 10,000 are 14
constexpr int64_t kPooled = 16;
constexpr int kLevelsOfPool = 4;     // of a million 16 are left
constexpr int64_t kFewAtOnce = 64;   // are added in one go
constexpr int64_t kFewChannels = 2;  // are no work for a convolution
constexpr double kBeyond = 1e30;     // no sum is, but of infinities

bool is_few(const Dim& length) { return length.value() && *length.value() <= kFewAtOnce; }

Value sum_at_once(Lowering& to, const Value& x, std::span<const int> axes) {
  Value y = x;
  for (const int axis : axes) y = reduce(to, BuiltinOperator::SUM, y, std::vector<int>{axis}, true);
  return y;
}

Value ones_shaped_like(Lowering& to, const Value& x) {
  const Value most = binary(to, BuiltinOperator::MINIMUM, x, like(to, x, 1));
  return binary(to, BuiltinOperator::MAXIMUM, most, like(to, x, 1));
}

Result<Value> with_leading_axes(Lowering& to, const Value& x, int count) {
  if (count == 0) return x;
  Dims dims(static_cast<size_t>(count), Dim(1));
  dims.insert(dims.end(), x.dims.begin(), x.dims.end());
  if (std::ranges::count_if(dims, [](const Dim& dim) { return !dim.is_static(); }) <= 1) return reshape(to, x, dims);
  // EXPAND_DIMS stays outside XNNPACK.
  return mul(to, x, to.constant(kelt::reshape(scalar(x.dtype, 1.0), Shape(dims.size(), 1))));
}

// An image and those of its axes that are added up.
struct Image {
  Value value;
  std::vector<int> inner, outer;  // by convolutions, by poolings
  int levels = kLevels;
};

Result<Image> image_of(Lowering& to, const Value& x, std::span<const int> axes) {
  const int leading = kImageRank - x.rank();
  Image image{.levels = leading > 0 ? kLevels : kLevelsOfImage};
  KELT_ASSIGN_OR_RETURN(image.value, with_leading_axes(to, x, leading));
  const auto channels = image.value.dim(-1).value();
  const bool has_channels = channels && *channels >= kFewChannels && !contains(axes, x.rank() - 1);
  for (const int axis : axes) {
    const int at = axis + leading;
    (has_channels && (at == 1 || at == 2) ? image.inner : image.outer).push_back(at);
  }
  return image;
}

// One row more where the length is not known, as a convolution rejects an axis of length 0. Not of an image: none is without pixels,
// and PAD is slow along its width.
Value with_a_row_more(Lowering& to, const Image& image) {
  if (image.inner.size() != 1 || image.value.dim(image.inner[0]).is_static()) return image.value;
  std::vector<Padding> padding(kImageRank);
  padding[static_cast<size_t>(image.inner[0])].after = 1;
  return pad(to, image.value, padding);
}

// The sums of blocks along height or width.
Result<Value> convolve_blocks(Lowering& to, const Value& image, int axis) {
  std::vector<int64_t> size = {1, 1};
  size[static_cast<size_t>(axis) - 1] = kTaps;
  const Sliding sliding{.stride = size, .dilation = {1, 1}, .padding = tflite::Padding::SAME};
  return convolve_depthwise(to, image, ones(to, {size[0], size[1], *image.dim(-1).value(), 1}), sliding);
}

Result<Value> sum_by_convolutions(Lowering& to, const Value& image, std::span<const int> axes, int levels) {
  Value y = image;
  for (int level = 0; level < levels; ++level) {
    for (const int axis : axes) {
      if (is_few(y.dim(axis))) continue;
      KELT_ASSIGN_OR_RETURN(y, convolve_blocks(to, y, axis));
    }
  }
  return sum_at_once(to, y, axes);
}

// The sums of blocks along height or width, divided by as many as a block has.
Value mean_of_blocks(Lowering& to, const Value& image, int axis) {
  std::vector<Padding> padding(kImageRank);
  padding[static_cast<size_t>(axis)].after = kPooled - 1;
  std::vector<int64_t> size = {1, 1};
  size[static_cast<size_t>(axis) - 1] = kPooled;
  return pool_2d(to, BuiltinOperator::AVERAGE_POOL_2D, pad(to, image, padding), size, size, tflite::Padding::VALID);
}

Value sum_of_pooled(Lowering& to, const Value& image, int axis) {
  Value y = image;
  double scale = 1;
  for (int level = 0; level < kLevelsOfPool; ++level) {
    y = mean_of_blocks(to, y, axis);
    scale *= kPooled;
  }
  y = reduce(to, BuiltinOperator::SUM, y, std::vector<int>{axis}, true);
  return mul(to, y, like(to, y, scale));
}

Value sum_by_poolings(Lowering& to, const Value& image, int axis) {
  Value rough = reduce(to, BuiltinOperator::SUM, image, std::vector<int>{axis}, true);
  if (is_few(image.dim(axis))) return rough;
  const Value finite = clip(to, rough, -kBeyond, kBeyond);
  const Value beyond = sub(to, rough, finite);  // NaN or infinite where the sum is
  Value sum;
  if (axis == 1 || axis == 2) {
    sum = sum_of_pooled(to, image, axis);
  } else {
    const std::vector<int> exchanged = axis == 0 ? std::vector<int>{2, 1, 0, 3} : std::vector<int>{0, 1, 3, 2};
    sum = sum_of_pooled(to, transpose(to, image, exchanged), 2);
    sum = transpose(to, sum, exchanged);
  }
  return add(to, sum, mul(to, beyond, like(to, rough, 1 / kBeyond)));
}

// As many axes as an image has not are added up one by one, the first ones.
Result<Value> sum_of_many_axes(Lowering& to, const Value& x, std::span<const int> axes) {
  const auto surplus = static_cast<size_t>(x.rank() - kImageRank);
  if (axes.size() <= surplus) return sum_at_once(to, x, axes);
  Value y = x;
  std::vector<int> others(axes.begin(), axes.end());
  for (size_t count = 0; count < surplus; ++count) {
    y = reduce(to, BuiltinOperator::SUM, y, std::vector<int>{others.front()}, false);
    others.erase(others.begin());
    for (int& axis : others) --axis;
  }
  KELT_ASSIGN_OR_RETURN(const Value sum, sum_in_blocks(to, y, others));
  Dims kept = x.dims;
  for (const int axis : axes) kept[static_cast<size_t>(axis)] = Dim(1);
  return reshape(to, sum, kept);
}

// Of an image whose axis `other` is reduced too, so that its first element is enough.
Result<Value> length_of_side(Lowering& to, const Value& image, int axis, int other) {
  KELT_ASSIGN_OR_RETURN(const Value first, slice_axis(to, image, other, int64_t{0}, int64_t{1}, Dim(1)));
  return reduce(to, BuiltinOperator::SUM, ones_shaped_like(to, first), std::vector<int>{axis}, true);
}

Result<Value> count_by_convolutions(Lowering& to, const Image& image) {
  if (image.inner.size() == 2) {
    KELT_ASSIGN_OR_RETURN(const Value height, length_of_side(to, image.value, 1, 2));
    KELT_ASSIGN_OR_RETURN(const Value width, length_of_side(to, image.value, 2, 1));
    return mul(to, height, width);
  }
  const Value counted = ones_shaped_like(to, with_a_row_more(to, image));
  KELT_ASSIGN_OR_RETURN(const Value length, sum_by_convolutions(to, counted, image.inner, image.levels));
  return image.value.dim(image.inner[0]).is_static() ? length : sub(to, length, like(to, length, 1));
}

}  // namespace

bool contains(std::span<const int> axes, int axis) { return std::ranges::find(axes, axis) != axes.end(); }

Result<Value> sum_in_blocks(Lowering& to, const Value& x, std::span<const int> axes) {
  if (x.rank() > kImageRank) return sum_of_many_axes(to, x, axes);
  KELT_ASSIGN_OR_RETURN(const Image image, image_of(to, x, axes));
  Value y = image.value;
  if (!image.inner.empty()) {
    KELT_ASSIGN_OR_RETURN(y, sum_by_convolutions(to, with_a_row_more(to, image), image.inner, image.levels));
  }
  for (const int axis : image.outer) y = sum_by_poolings(to, y, axis);
  return y;
}

Result<Value> count_in_blocks(Lowering& to, const Value& x, std::span<const int> axes) {
  if (x.rank() > kImageRank) return sum_at_once(to, ones_shaped_like(to, x), axes);
  KELT_ASSIGN_OR_RETURN(const Image image, image_of(to, x, axes));
  if (image.outer.empty()) return count_by_convolutions(to, image);
  std::vector<int> all = image.inner;
  all.insert(all.end(), image.outer.begin(), image.outer.end());
  return sum_at_once(to, ones_shaped_like(to, image.value), all);
}

Value from_blocks(Lowering& to, const Value& y, const Value& x, std::span<const int> axes, bool keep_dims) {
  const int leading = y.rank() - x.rank();
  std::vector<int> dropped(static_cast<size_t>(leading));
  std::iota(dropped.begin(), dropped.end(), 0);
  if (!keep_dims) {
    for (const int axis : axes) dropped.push_back(axis + leading);
  }
  // As the last operator of a file a RESHAPE would stay outside XNNPACK.
  return dropped.empty() ? y : reduce(to, BuiltinOperator::SUM, y, dropped, false);
}

}  // namespace kelt::lower
