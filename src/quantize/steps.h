// quantize/steps.h — the scales that the weights of an operator get, in a form.

#pragma once

#include "quantize/form.h"
#include "quantize/kernels.h"
#include "quantize/weighted.h"
#include "weights/quantize.h"

namespace kelt::quantize {

[[nodiscard]] Steps steps_of(const litert::Operator& op, const Kernel& kernel, const Form& form, const Graph& graph, ScaleChoice choice);

}  // namespace kelt::quantize
