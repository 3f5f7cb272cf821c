// lower/core/many_axes.h — operators along an axis of values that have more axes than the runtime takes: those in front of it become
// one, and those behind it. One axis after the other where there are several.

#pragma once

#include "lower/core/ops.h"

namespace kelt::lower {

[[nodiscard]] bool has_many_axes(litert::BuiltinOperator code, const Value& x);

Value reduce_many(Emitter& to, litert::BuiltinOperator code, const Value& x, std::span<const int> axes, const Dims& result);
Value concatenate_many(Emitter& to, std::span<const Value> parts, int axis);
Value pad_many(Emitter& to, const Value& x, std::span<const Padding> padding, double fill);
Value softmax_many(Emitter& to, const Value& x);

}  // namespace kelt::lower
