// lower/divisor.cc — keras.ops.gcd, lcm → Euclid's steps, as many as the type's largest numbers need, and so without a loop.

#include "lower/core/ops.h"
#include "lower/elementary.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// Two steps each. Neighbours in Fibonacci's sequence take the most.
int rounds(DType dtype) {
  switch (byte_size(dtype, 1)) {
    case 1: return 7;
    case 2: return 12;
    case 4: return 23;
    default: return 46;
  }
}

// a mod b, and a where b is 0, by which the runtime would not divide.
Value remainder(Lowering& to, const Value& a, const Value& b, const Value& largest) {
  const Value divisor = select(to, compare(to, BuiltinOperator::EQUAL, b, like(to, b, 0)), largest, b);
  return binary(to, BuiltinOperator::FLOOR_MOD, a, divisor);
}

}  // namespace

Value gcd(Lowering& to, const Value& x1, const Value& x2) {
  const DType wide = x1.dtype == DType::kInt64 || x1.dtype == DType::kUInt32 ? DType::kInt64 : DType::kInt32;
  Value a = absolute(to, cast(to, x1, wide));
  Value b = absolute(to, cast(to, x2, wide));
  const Value largest = to.constant(scalar(wide, wide == DType::kInt32 ? int64_t{INT32_MAX} : INT64_MAX));
  for (int round = 0; round < rounds(x1.dtype); ++round) {
    a = remainder(to, a, b, largest);
    b = remainder(to, b, a, largest);
  }
  return cast(to, add(to, a, b), x1.dtype);  // one of them is 0
}

// |x1| / gcd × |x2|; 0 where both are.
Value lcm(Lowering& to, const Value& x1, const Value& x2) {
  const Value divisor = gcd(to, x1, x2);
  const Value some = binary(to, BuiltinOperator::MAXIMUM, divisor, like(to, divisor, 1));
  const Value factor = absolute(to, x2);
  return mul(to, binary(to, BuiltinOperator::FLOOR_DIV, absolute(to, x1), some), factor);
}

}  // namespace kelt::lower
