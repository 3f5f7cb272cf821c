// lower/hash/words.cc — what is exclusive, shifts and remainders of numbers of 64 bits.

#include "lower/hash/words.h"

namespace kelt::lower {

using litert::BuiltinOperator;

Value Words::numbers(const std::vector<uint64_t>& values) const {
  const std::vector<int64_t> signed_values(values.begin(), values.end());
  return to_->constant(array_from<int64_t>({static_cast<int64_t>(values.size())}, signed_values));
}

Value Words::exclusive(const Value& a, const Value& b) const {
  const Value right = halves(b, DType::kInt32);
  return of_halves(binary(*to_, BuiltinOperator::BITWISE_XOR, halves(a, DType::kInt32), right));
}

Value Words::shifted_right(const Value& x, int bits) const {
  const bool low = bits < 32;
  const std::vector<int64_t> shifts = {low ? bits : 0, low ? 0 : bits - 32};
  const Value by = to_->constant(kelt::cast(array_from<int64_t>({2}, shifts), DType::kUInt32));
  const Value moved = binary(*to_, BuiltinOperator::RIGHT_SHIFT, halves(x, DType::kUInt32), by);
  return joined(moved, low ? 1 : 0, low ? int64_t{1} << (32 - bits) : 1);
}

Value Words::rotated_right(const Value& x, int bits) const {
  const Value upper = times(x, uint64_t{1} << (64 - bits));
  return plus(shifted_right(x, bits), upper);
}

Value Words::remainder(const Value& x, int64_t divisor) const {
  const Value parts = halves(x, DType::kUInt32);
  const Value by = number(static_cast<uint64_t>(divisor));
  const Value high = times(binary(*to_, BuiltinOperator::FLOOR_MOD, joined(parts, 0, 1), by), uint64_t{1} << 32);
  return binary(*to_, BuiltinOperator::FLOOR_MOD, plus(high, joined(parts, 1, 0)), by);
}

Value Words::halves(const Value& x, DType dtype) const {
  Dims dims = x.dims;
  dims.emplace_back(2);
  if (const auto& known = to_->constant_of(x)) {  // BITCAST of a constant is none
    const auto values = *read_as<int64_t>(*known);
    std::vector<int64_t> both;
    for (const int64_t value : values) {
      const auto bits = static_cast<uint64_t>(value);
      both.push_back(static_cast<int32_t>(bits));
      both.push_back(static_cast<int32_t>(bits >> 32));
    }
    return to_->constant(kelt::cast(array_from<int64_t>(*static_dims(dims), both), dtype));
  }
  return to_->emit(BuiltinOperator::BITCAST, {x}, {dtype, std::move(dims)});
}

Value Words::of_halves(const Value& parts) const {
  return to_->emit(BuiltinOperator::BITCAST, {parts}, {DType::kInt64, Dims(parts.dims.begin(), parts.dims.end() - 1)});
}

Value Words::joined(const Value& parts, int64_t low, int64_t high) const {
  const std::vector<int64_t> factors = {low, high};
  const Value by = to_->constant(array_from<int64_t>({2}, factors));
  return reduce(*to_, BuiltinOperator::SUM, mul(*to_, cast(*to_, parts, DType::kInt64), by), std::vector<int>{parts.rank() - 1}, false);
}

}  // namespace kelt::lower
