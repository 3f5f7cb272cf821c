// lower/core/strided_slice.h — STRIDED_SLICE with bounds that may be open, numbers, or computed.
//
// As in Python, a negative number counts from the end and what lies outside is cut off. No axis is dropped or added: that
// would keep the operator outside XNNPACK. So would a stride: where it can be, it is columns of a matrix.

#pragma once

#include <span>
#include <variant>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Open {};
using Bound = std::variant<Open, int64_t, Value>;  // a Value is an int32 scalar

struct Range {
  Bound begin = Open{};
  Bound end = Open{};
  int64_t stride = 1;
  Dim length;  // of the result
};

// The axis as it is.
[[nodiscard]] Range whole(const Dim& length);
// A dim as a bound: counted from the end of the axis where that makes it a number, computed otherwise.
Result<Bound> bound_of(Lowering& to, const Dim& dim, const Dim& axis_length);
// One range an axis.
Result<Value> strided_slice(Lowering& to, const Value& x, std::span<const Range> ranges);
// Elements [begin, end) of one axis; others stay whole.
Result<Value> slice_axis(Lowering& to, const Value& x, int axis, const Bound& begin, const Bound& end, const Dim& length);

}  // namespace kelt::lower
