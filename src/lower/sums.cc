#include "lower/sums.h"

#include <algorithm>

#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/unknown_sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr int64_t kBlock = 16;
constexpr int64_t kLeast = 8;        // a length without a divisor from here to kBlock is padded
constexpr int64_t kShort = 32;       // what is left is added in one go
constexpr int64_t kFew = 64;         // 9e-7 off at most: no need to split
constexpr int64_t kFewInRow = 4096;  // likewise along the last axes, where the kernels add as many at once as a vector holds
constexpr double kMostOff = 4e-7;    // of itself is a mean in blocks
constexpr double kVast = 1e30;       // no mean is, but of infinities

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

bool has_blocks(const Value& x, std::span<const int> axes) {
  const auto is_unknown = [](const Dim& dim) { return !dim.is_static(); };
  return count_of(x, axes).is_static() && std::ranges::count_if(x.dims, is_unknown) <= 1;
}

std::vector<int> sorted(std::span<const int> axes) {
  std::vector<int> order(axes.begin(), axes.end());
  std::ranges::sort(order);
  return order;
}

// What the subtraction of a mean rounds off is the same for most elements: of numbers around zero it is more than the mean can be
// off, which is a few units of its last place.
Value bounded_correction(Lowering& to, const Value& correction, const Value& mean) {
  const Value most = mul(to, unary(to, BuiltinOperator::ABS, mean), like(to, mean, kMostOff));
  return clip(to, correction, unary(to, BuiltinOperator::NEG, most), most);
}

// The mean and what it leaves, whose own mean is taken off too.
template <typename Mean>
Result<Centred> centred_twice(Lowering& to, const Value& x, const Mean& mean_of_it, bool bounded) {
  KELT_ASSIGN_OR_RETURN(const Value mean, mean_of_it(x));
  // Kept finite, so that an infinity is not taken off itself.
  const Value first = clip(to, mean, -kVast, kVast);
  const Value rest = sub(to, x, first);
  KELT_ASSIGN_OR_RETURN(const Value more, mean_of_it(rest));
  const Value whole = bounded ? add(to, mean, bounded_correction(to, more, first)) : add(to, first, more);
  return Centred{whole, sub(to, rest, more)};
}

Result<Centred> centred_of_unknown_number(Lowering& to, const Value& x, std::span<const int> axes) {
  KELT_ASSIGN_OR_RETURN(const Value count, count_in_blocks(to, x, axes));
  return centred_twice(
      to, x,
      [&](const Value& it) -> Result<Value> {
        KELT_ASSIGN_OR_RETURN(const Value sum, sum_in_blocks(to, it, axes));
        return from_blocks(to, div(to, sum, count), it, axes, true);
      },
      true);
}

Result<Value> reduce_unknown_number(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims, bool mean) {
  KELT_ASSIGN_OR_RETURN(Value y, sum_in_blocks(to, x, axes));
  if (mean) {
    KELT_ASSIGN_OR_RETURN(const Value count, count_in_blocks(to, x, axes));
    y = div(to, y, count);
  }
  return from_blocks(to, y, x, axes, keep_dims);
}

Value reduce_numbers(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims, bool mean) {
  const BuiltinOperator code = mean ? BuiltinOperator::MEAN : BuiltinOperator::SUM;
  if (!is_float(x.dtype) || to.constant_of(x) || !are_many(x, axes)) return reduce(to, code, x, axes, keep_dims);
  const std::vector<int> order = sorted(axes);
  const Value wide = operand(to, code, x);
  if (has_blocks(x, axes)) return cast(to, reduce_in_blocks(to, wide, order, keep_dims, mean), x.dtype);
  const Result<Value> y = reduce_unknown_number(to, wide, order, keep_dims, mean);
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
  const std::vector<int> order = sorted(axes);
  const auto known = [&](const Value& it) -> Result<Value> { return reduce_in_blocks(to, it, order, true, true); };
  if (are_many(x, axes)) {
    const Result<Centred> found = has_blocks(x, axes) ? centred_twice(to, x, known, false) : centred_of_unknown_number(to, x, order);
    if (found.ok()) return *found;
    to.fail(found.error());
  }
  const Value mean = reduce(to, BuiltinOperator::MEAN, x, axes, true);
  return {mean, sub(to, x, mean)};
}

}  // namespace kelt::lower
