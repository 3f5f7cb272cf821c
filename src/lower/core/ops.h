// lower/core/ops.h — the LiteRT operators that lowerings compose, each knowing the dims of its own output.
//
// Operands have the dtype of the result; where the operator lacks it, they are cast to one that it has, and back
// (compute_dtype.h). Constants are cast, transposed and reshaped as they are, with no operator. What can't fail returns a Value; what
// depends on a size that may be unknown returns a Result.

#pragma once

#include <span>
#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

// `x` in the dtype in which the operator computes (lower/compute_dtype.h).
Value operand(Emitter& to, litert::BuiltinOperator code, const Value& x);

// Elementwise, with numpy's broadcasting.
[[nodiscard]] Dims broadcast(const Dims& a, const Dims& b);
Value unary(Emitter& to, litert::BuiltinOperator code, const Value& x);
Value binary(Emitter& to, litert::BuiltinOperator code, const Value& a, const Value& b);
Value compare(Emitter& to, litert::BuiltinOperator code, const Value& a, const Value& b);  // → bool
Value add(Emitter& to, const Value& a, const Value& b);
Value sub(Emitter& to, const Value& a, const Value& b);
Value mul(Emitter& to, const Value& a, const Value& b);
Value div(Emitter& to, const Value& a, const Value& b);
Value select(Emitter& to, const Value& condition, const Value& a, const Value& b);
Value cast(Emitter& to, const Value& x, DType dtype);  // nothing if it has that dtype
// A scalar constant of x's dtype.
Value like(Emitter& to, const Value& x, double scalar);
Value scaled(Emitter& to, const Value& x, double factor);
Value shifted(Emitter& to, const Value& x, double offset);
// Within two bounds, as keras.ops.clip has it; the bounds are values or numbers.
Value clip(Emitter& to, const Value& x, const Value& low, const Value& high);
Value clip(Emitter& to, const Value& x, double low, double high);

// Shapes.
Result<Value> reshape(Lowering& to, const Value& x, const Dims& dims);
Value reshape_to_known(Emitter& to, const Value& x, const Dims& dims);  // of whose lengths one at most is not known
Value transpose(Emitter& to, const Value& x, std::span<const int> permutation);
Result<Value> expand_dims(Lowering& to, const Value& x, int axis);
Result<Value> squeeze(Lowering& to, const Value& x, std::span<const int> axes);
Result<Value> flatten(Lowering& to, const Value& x);
Result<Value> broadcast_to(Lowering& to, const Value& x, const Dims& dims);
Value pack(Emitter& to, std::span<const Value> elements, int axis);
// int32 scalars as a vector: RESHAPE and CONCATENATION. The runtime works those out before it allocates; after a PACK the
// size comes late, what depends on it is dynamic, and libLiteRt overruns buffers.
Result<Value> row_of(Lowering& to, std::span<const Value> scalars);
Value concatenate(Emitter& to, std::span<const Value> parts, int axis);
// Elements added before and after each axis, filled with `fill` (0: PAD, otherwise PADV2).
struct Padding {
  int64_t before = 0, after = 0;
};
Value pad(Emitter& to, const Value& x, std::span<const Padding> padding, double fill = 0);
// One static slice an axis: begin, and the length of what is kept.
Value slice(Emitter& to, const Value& x, std::span<const int64_t> begin, const Dims& size);
// A copy: for an output that must be a tensor of its own.
Value identity(Emitter& to, const Value& x);
// SHAPE and one element of it: an int32 scalar.
Value element_of_shape(Emitter& to, const Value& x, int axis);

// Reductions over axes (counted from the front): SUM, MEAN, REDUCE_MAX, …
Value reduce(Emitter& to, litert::BuiltinOperator code, const Value& x, std::span<const int> axes, bool keep_dims);
Value cumulative_sum(Emitter& to, const Value& x, int axis);

// Contractions.
using tflite::ActivationFunctionType;
// x [..., in] × weights [out, in] (+ bias [out]) → [..., out]
Value fully_connected(Emitter& to, const Value& x, const Value& weights, const Value& bias,
                      ActivationFunctionType activation = ActivationFunctionType::NONE);
// a [..., m, k] × b [..., k, n], batch dims broadcast; `adjoint` swaps the last two dims of an operand.
Value batch_matmul(Emitter& to, const Value& a, const Value& b, bool adjoint_a = false, bool adjoint_b = false);
Value softmax(Emitter& to, const Value& x);  // over the last axis
// Indices are int32 or int64, counted from the front.
Value gather(Emitter& to, const Value& params, const Value& indices, int axis, int batch_dims = 0);

}  // namespace kelt::lower
