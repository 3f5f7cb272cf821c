// lower/core/size.h — arithmetic on sizes that the runtime works out before it allocates.
//
// The runtime knows the result of SHAPE, STRIDED_SLICE, RESHAPE, CONCATENATION, GATHER, MUL, RANGE and FILL while it prepares a
// run; that of ADD, SUB, FLOOR_DIV, MINIMUM, MAXIMUM, CAST, PACK and SLICE only while it runs. A tensor whose size comes so late
// is dynamic, as are the results of UNSORTED_SEGMENT_*, WHERE, UNIQUE, and of READ_VARIABLE where it is a scalar. The runtime prepares
// nothing behind the first of them before it runs, not even what does not depend on it: a signature's outputs there have the sizes of
// the run before when libLiteRt is asked for them, and XNNPACK writes beyond the memory that it is given, unchecked. So a sum of sizes
// is the length of a RANGE.
//
// All are int32 scalars, none negative, unless a name says otherwise.

#pragma once

#include "lower/core/emitter.h"

namespace kelt::lower {

Value size_product(Emitter& to, const Value& a, const Value& b);  // of numbers of any sign
Value size_sum(Emitter& to, const Value& a, const Value& b);
Value size_difference(Emitter& to, const Value& a, const Value& b);   // b is at most a
Value floored_quotient(Emitter& to, const Value& a, const Value& b);  // b is at least 1
Value smaller_size(Emitter& to, const Value& a, const Value& b);

}  // namespace kelt::lower
