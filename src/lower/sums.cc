#include "lower/sums.h"

#include <algorithm>
#include <numeric>

#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr int64_t kBlock = 16;
constexpr int64_t kSide = 4;         // of a block of two axes
constexpr int kLevels = 3;           // of blocks where the length is not known: a million are 256 of them
constexpr int64_t kLeast = 8;        // a length without a divisor from here to kBlock is padded
constexpr int64_t kShort = 32;       // what is left is added in one go
constexpr int64_t kFew = 64;         // 9e-7 off at most: no need to split
constexpr int64_t kFewInRow = 4096;  // likewise along the last axes, where the kernels add as many at once as a vector holds
constexpr double kVast = 1e30;       // no mean is, but of infinities

bool contains(std::span<const int> axes, int axis) { return std::ranges::find(axes, axis) != axes.end(); }

// The number of elements added, if it is known.
Dim count_of(const Value& x, std::span<const int> axes) {
  Dim count = 1;
  for (const int axis : axes) count = count * x.dim(axis);
  return count;
}

bool is_row(const Value& x, std::span<const int> axes) {
  for (int axis = 0; axis < static_cast<int>(axes.size()); ++axis) {
    if (!contains(axes, x.rank() - 1 - axis)) return false;
  }
  return true;
}

bool are_many(const Value& x, std::span<const int> axes) {
  const auto count = count_of(x, axes).value();
  return !count || *count > (is_row(x, axes) ? kFewInRow : kFew);
}

Dims reduced_dims(const Dims& dims, std::span<const int> axes, bool keep_dims) {
  Dims left;
  for (int axis = 0; axis < static_cast<int>(dims.size()); ++axis) {
    if (!contains(axes, axis))
      left.push_back(dims[axis]);
    else if (keep_dims)
      left.emplace_back(1);
  }
  return left;
}

// At most one dim is unknown, so that this is a RESHAPE to constants, which can't fail.
Value reshape_known(Lowering& to, const Value& x, const Dims& dims) {
  Result<Value> y = reshape(to, x, dims);
  if (y.ok()) return *y;
  to.fail(y.error());
  return x;
}

struct Stage {
  int64_t padding, block;
};

std::vector<Stage> stages_of(int64_t count) {
  std::vector<Stage> stages;
  while (count > kShort) {
    int64_t block = kBlock;
    while (block >= kLeast && count % block != 0) --block;
    if (block < kLeast) block = kBlock;
    const int64_t padding = (block - count % block) % block;
    stages.push_back({padding, block});
    count = (count + padding) / block;
  }
  if (count != 1) stages.push_back({0, count});
  return stages;
}

// Adjacent axes, of known lengths: [before, count, after] → [before, 1, after]. Blocks lie across, so that long rows are added.
Value add_in_blocks(Lowering& to, const Value& x, int first, int last, bool mean) {
  const Dim before = product_of(std::span(x.dims).first(first));
  const Dim after = product_of(std::span(x.dims).subspan(last + 1));
  const int64_t count = *product_of(std::span(x.dims).subspan(first, last + 1 - first)).value();
  const std::vector<Stage> stages = stages_of(count);
  const bool padded = std::ranges::any_of(stages, [](const Stage& stage) { return stage.padding > 0; });
  const BuiltinOperator code = mean && !padded ? BuiltinOperator::MEAN : BuiltinOperator::SUM;
  Value y = x;
  int64_t length = count;
  for (const Stage& stage : stages) {
    if (stage.padding > 0) {
      const std::vector<Padding> padding = {{}, {0, stage.padding}, {}};
      y = pad(to, reshape_known(to, y, {before, Dim(length), after}), padding);
    }
    length = (length + stage.padding) / stage.block;
    y = reshape_known(to, y, {before, Dim(stage.block), Dim(length) * after});
    y = reduce(to, code, y, std::vector<int>{1}, false);
  }
  return mean && padded ? mul(to, y, like(to, y, 1 / static_cast<double>(count))) : y;
}

// A run of adjacent axes after the other, the first before the last.
Value reduce_in_blocks(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims, bool mean) {
  Value y = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (!contains(axes, axis)) continue;
    int last = axis;
    while (last + 1 < x.rank() && contains(axes, last + 1)) ++last;
    Dims dims = y.dims;
    for (int reduced = axis; reduced <= last; ++reduced) dims[reduced] = Dim(1);
    y = add_in_blocks(to, y, axis, last, mean);
    y = reshape_known(to, y, dims);
    axis = last;
  }
  return reshape_known(to, y, reduced_dims(x.dims, axes, keep_dims));
}

// `x` with axes of length 1, which go.
Value without_axes(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims) {
  if (keep_dims) return x;
  Result<Value> y = squeeze(to, x, axes);
  if (y.ok()) return *y;
  to.fail(y.error());
  return x;
}

// One axis after the other: n·m elements are as far off as n and m.
Value reduce_axis_by_axis(Lowering& to, BuiltinOperator code, const Value& x, std::span<const int> axes, bool keep_dims) {
  Value y = x;
  for (const int axis : axes.first(axes.size() - 1)) y = reduce(to, code, y, std::vector<int>{axis}, true);
  return reduce(to, code, y, keep_dims ? axes.last(1) : axes, keep_dims);
}

bool has_blocks(const Value& x, std::span<const int> axes) {
  const auto is_unknown = [](const Dim& dim) { return !dim.is_static(); };
  return count_of(x, axes).is_static() && std::ranges::count_if(x.dims, is_unknown) <= 1;
}

std::vector<int> sorted(std::span<const int> axes) {
  std::vector<int> order(axes.begin(), axes.end());
  std::ranges::sort(order);
  return order;
}

Value first_mean(Lowering& to, const Value& x, std::span<const int> axes) {
  if (!are_many(x, axes)) return reduce(to, BuiltinOperator::MEAN, x, axes, true);
  if (has_blocks(x, axes)) return reduce_in_blocks(to, x, sorted(axes), true, true);
  return reduce_axis_by_axis(to, BuiltinOperator::MEAN, x, sorted(axes), true);
}

Value limited(Lowering& to, const Value& x) {
  const Value low = binary(to, BuiltinOperator::MAXIMUM, x, like(to, x, -kVast));
  return binary(to, BuiltinOperator::MINIMUM, low, like(to, x, kVast));
}

// The mean and what it leaves, whose own mean is taken off `steps` times.
Centred centred_in_steps(Lowering& to, const Value& x, std::span<const int> axes, int steps) {
  // Kept finite, so that an infinity is not taken off itself.
  const Value first = limited(to, first_mean(to, x, axes));
  Centred found{first, sub(to, x, first)};
  for (int step = 0; step < steps; ++step) {
    const Value more = first_mean(to, found.rest, axes);
    found = {add(to, found.mean, more), sub(to, found.rest, more)};
  }
  return found;
}

// An image [n, height, width, channels], of which height or width or both are to be added up.
struct Image {
  Value value;
  bool height = false, width = false;
  int leading = 0;               // axes of length 1 put in front
  std::vector<int> permutation;  // and how they were exchanged then; none where all are in their places
};

bool is_image(const Value& x, std::span<const int> axes) { return x.rank() <= 4 && axes.size() <= 2; }

Result<Value> with_leading_axes(Lowering& to, const Value& x, int count) {
  if (count == 0) return x;
  Dims dims(static_cast<size_t>(count), Dim(1));
  dims.insert(dims.end(), x.dims.begin(), x.dims.end());
  if (std::ranges::count_if(dims, [](const Dim& dim) { return !dim.is_static(); }) <= 1) return reshape(to, x, dims);
  // EXPAND_DIMS stays outside XNNPACK.
  return mul(to, x, to.constant(kelt::reshape(scalar(x.dtype, 1.0), Shape(dims.size(), 1))));
}

Result<Image> as_image(Lowering& to, const Value& x, std::span<const int> axes) {
  Image image{.leading = 4 - x.rank()};
  KELT_ASSIGN_OR_RETURN(image.value, with_leading_axes(to, x, image.leading));
  std::vector<int> others;
  std::vector<int> reduced;
  for (int axis = 0; axis < 4; ++axis) (contains(axes, axis - image.leading) ? reduced : others).push_back(axis);
  if (reduced.front() == 0 || reduced.back() == 3) {
    image.permutation = {others[0], 0, reduced.back(), others.back()};
    image.permutation[1] = reduced.size() == 1 ? others[1] : reduced[0];
    image.value = transpose(to, image.value, image.permutation);
    reduced = reduced.size() == 1 ? std::vector<int>{2} : std::vector<int>{1, 2};
  }
  image.height = contains(reduced, 1);
  image.width = contains(reduced, 2);
  return image;
}

// The means of blocks, the last of them filled up with zeros.
Value mean_of_blocks(Lowering& to, const Value& image, int64_t height, int64_t width) {
  const Value padded = pad(to, image, std::vector<Padding>{{}, {0, height - 1}, {0, width - 1}, {}});
  const std::vector<int64_t> size = {height, width};
  return pool_2d(to, BuiltinOperator::AVERAGE_POOL_2D, padded, size, size, tflite::Padding::VALID);
}

// The sums of blocks, which are added likewise; shaped like `x` with its axes kept. NaN is lost in the blocks.
Result<Value> sum_of_blocks(Lowering& to, const Value& x, std::span<const int> axes) {
  KELT_ASSIGN_OR_RETURN(const Image image, as_image(to, x, axes));
  Value y = image.value;
  double scale = 1;
  for (int level = 0; level < kLevels; ++level) {
    if (image.height) y = mean_of_blocks(to, y, kBlock, 1);
    if (image.width) y = mean_of_blocks(to, y, 1, kBlock);
    scale *= image.height && image.width ? kBlock * kBlock : kBlock;
  }
  if (image.height) y = reduce(to, BuiltinOperator::SUM, y, std::vector<int>{1}, true);
  if (image.width) y = reduce(to, BuiltinOperator::SUM, y, std::vector<int>{2}, true);
  y = mul(to, y, like(to, y, scale));
  if (!image.permutation.empty()) {
    std::vector<int> back(4);
    for (int axis = 0; axis < 4; ++axis) back[static_cast<size_t>(image.permutation[static_cast<size_t>(axis)])] = axis;
    y = transpose(to, y, back);
  }
  std::vector<int> leading(static_cast<size_t>(image.leading));
  std::iota(leading.begin(), leading.end(), 0);
  return leading.empty() ? y : squeeze(to, y, leading);
}

// Without its axes of length 1: as the last operator of a file a RESHAPE would stay outside XNNPACK.
Value dropped(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims) {
  return keep_dims ? x : reduce(to, BuiltinOperator::SUM, x, axes, false);
}

// With its axes kept; NaN or infinite where a sum one by one is.
Result<Value> sum_of_unknown_number(Lowering& to, const Value& x, std::span<const int> axes) {
  const Value rough = reduce_axis_by_axis(to, BuiltinOperator::SUM, x, axes, true);
  const Value beyond = sub(to, rough, limited(to, rough));  // nothing but for those
  KELT_ASSIGN_OR_RETURN(const Value sum, sum_of_blocks(to, x, axes));
  return add(to, sum, mul(to, beyond, like(to, x, 1 / kVast)));
}

// As a sum of ones, which no size at run time has to be asked for. Where an element is NaN it may be NaN.
Value number_of(Lowering& to, const Value& x, std::span<const int> axes) {
  const Value most = binary(to, BuiltinOperator::MINIMUM, x, like(to, x, 1));
  return reduce(to, BuiltinOperator::SUM, binary(to, BuiltinOperator::MAXIMUM, most, like(to, x, 1)), axes, true);
}

Result<Value> mean_in_steps(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims) {
  if (axes.size() == 1 && is_image(x, axes)) {
    KELT_ASSIGN_OR_RETURN(const Value sum, sum_of_unknown_number(to, x, axes));
    return dropped(to, div(to, sum, number_of(to, x, axes)), axes, keep_dims);
  }
  const Centred first = centred_in_steps(to, x, axes, 0);
  return without_axes(to, add(to, first.mean, first_mean(to, first.rest, axes)), axes, keep_dims);
}

Result<Value> sum_in_steps(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims) {
  if (is_image(x, axes)) {
    KELT_ASSIGN_OR_RETURN(const Value sum, sum_of_unknown_number(to, x, axes));
    return dropped(to, sum, axes, keep_dims);
  }
  const Result<Value> count = to.number_value(count_of(x, axes));
  if (!count.ok()) return reduce_axis_by_axis(to, BuiltinOperator::SUM, x, axes, keep_dims);
  KELT_ASSIGN_OR_RETURN(const Value mean, mean_in_steps(to, x, axes, keep_dims));
  return mul(to, mean, cast(to, *count, x.dtype));
}

Value reduce_numbers(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims, bool mean) {
  const BuiltinOperator code = mean ? BuiltinOperator::MEAN : BuiltinOperator::SUM;
  if (!is_float(x.dtype) || to.constant_of(x) || !are_many(x, axes)) return reduce(to, code, x, axes, keep_dims);
  const std::vector<int> order = sorted(axes);
  const Value wide = operand(to, code, x);
  if (has_blocks(x, axes)) return cast(to, reduce_in_blocks(to, wide, order, keep_dims, mean), x.dtype);
  const Result<Value> y = mean ? mean_in_steps(to, wide, order, keep_dims) : sum_in_steps(to, wide, order, keep_dims);
  if (y.ok()) return cast(to, *y, x.dtype);
  to.fail(y.error());
  return cast(to, reduce(to, code, wide, order, keep_dims), x.dtype);
}

}  // namespace

Value sum_of(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims) {
  return reduce_numbers(to, x, axes, keep_dims, false);
}

Value mean_of(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims) {
  return reduce_numbers(to, x, axes, keep_dims, true);
}

Centred centred(Lowering& to, const Value& x, std::span<const int> axes) {
  if (!are_many(x, axes)) {
    const Value mean = first_mean(to, x, axes);
    return {mean, sub(to, x, mean)};
  }
  return centred_in_steps(to, x, axes, has_blocks(x, axes) ? 1 : 2);
}

}  // namespace kelt::lower
