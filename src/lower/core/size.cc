#include "lower/core/size.h"

#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value number(Emitter& to, int64_t value) { return to.constant(scalar(DType::kInt32, value)); }

std::optional<int64_t> known(Emitter& to, const Value& value) {
  const auto constant = to.constant_of(value);
  if (!constant) return std::nullopt;
  const auto numbers = read_as<int64_t>(*constant);
  return numbers.ok() ? std::optional<int64_t>((*numbers)[0]) : std::nullopt;
}

// Minus the value.
Value opposite(Emitter& to, const Value& value) {
  if (const auto one = known(to, value)) return number(to, -*one);
  return size_product(to, value, number(to, -1));
}

Value range(Emitter& to, const Value& begin, const Value& end, const Value& step) {
  return to.emit(BuiltinOperator::RANGE, tflite::RangeOptionsT{}, {begin, end, step}, {DType::kInt32, {Dim::unknown()}});
}

// How many steps lead from `begin` to `end`: the quotient, rounded up.
Value steps_between(Emitter& to, const Value& begin, const Value& end, const Value& step) {
  return element_of_shape(to, range(to, begin, end, step), 0);
}

}  // namespace

Value size_product(Emitter& to, const Value& a, const Value& b) {
  const auto x = known(to, a);
  const auto y = known(to, b);
  if (x && y) return number(to, *x * *y);
  return x == 1 ? b : y == 1 ? a : mul(to, a, b);
}

Value size_sum(Emitter& to, const Value& a, const Value& b) {
  const auto x = known(to, a);
  const auto y = known(to, b);
  if (x && y) return number(to, *x + *y);
  if (x == 0 || y == 0) return x == 0 ? b : a;
  return x ? steps_between(to, opposite(to, a), b, number(to, 1)) : steps_between(to, opposite(to, b), a, number(to, 1));
}

Value size_difference(Emitter& to, const Value& a, const Value& b) {
  const auto x = known(to, a);
  const auto y = known(to, b);
  if (x && y) return number(to, *x - *y);
  return y == 0 ? a : steps_between(to, b, a, number(to, 1));
}

Value floored_quotient(Emitter& to, const Value& a, const Value& b) {
  // One more than the quotient is (a + 1) / b rounded up.
  const Value more = steps_between(to, number(to, -1), a, b);
  return size_difference(to, more, number(to, 1));
}

Value smaller_size(Emitter& to, const Value& a, const Value& b) {
  // As many as there are, at most b of them: what lies outside of a slice is cut off.
  tflite::StridedSliceOptionsT options;
  options.begin_mask = 1;
  const Value row = range(to, number(to, 0), a, number(to, 1));
  const auto one = known(to, b);
  const Value end =
      one ? to.ints(std::vector<int32_t>{clamp_int32(*one)})
          : to.emit(BuiltinOperator::RESHAPE, tflite::ReshapeOptionsT{}, {b, to.ints(std::vector<int32_t>{1})}, {DType::kInt32, {Dim(1)}});
  const std::vector<Value> inputs = {row, to.ints(std::vector<int32_t>{0}), end, to.ints(std::vector<int32_t>{1})};
  return element_of_shape(to, to.emit(BuiltinOperator::STRIDED_SLICE, std::move(options), inputs, {DType::kInt32, {Dim::unknown()}}), 0);
}

}  // namespace kelt::lower
