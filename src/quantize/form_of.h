// quantize/form_of.h — the form that an operator of a file has, read from its tensors.

#pragma once

#include "quantize/form.h"
#include "quantize/weighted.h"

namespace kelt::quantize {

// kStatic where it computes on integers with scales; else by its weights. Operators that only change the type of what they are given
// (QUANTIZE, DEQUANTIZE) have the form float.
[[nodiscard]] Form form_of(const Graph& graph, const litert::Operator& op);

}  // namespace kelt::quantize
