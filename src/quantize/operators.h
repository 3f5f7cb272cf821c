// quantize/operators.h — an operator on float weights → the same on integers, in a form that the runtime runs.

#pragma once

#include "quantize/writer.h"
#include "weights/quantized.h"

namespace kelt::quantize {

// Writes `op` with `weights` in place of its operand of that number; its activations stay floats, and are quantized as it runs.
// False, and nothing is written, where the operator takes no such integers.
[[nodiscard]] Result<bool> write_quantized(Writer& to, const litert::Operator& op, size_t operand, const Quantized& weights);

// Any operator: computes in floats, which a DEQUANTIZE makes of the integers when the model is loaded.
[[nodiscard]] Result<void> write_weight_only(Writer& to, litert::Operator op, size_t operand, const Quantized& weights);

}  // namespace kelt::quantize
