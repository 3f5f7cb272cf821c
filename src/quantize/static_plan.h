// quantize/static_plan.h — which operators compute on integers throughout, and why the others don't.

#pragma once

#include <functional>
#include <vector>

#include "quantize/plan.h"
#include "quantize/weighted.h"

namespace kelt::quantize {

// The signal-to-noise ratio that an activation would have on int8; infinite where nothing is known of its values.
using ExpectedDecibels = std::function<double(litert::TensorId)>;

// Whether XNNPACK, which has no 16-bit kernels, has a say in what computes on integers.
[[nodiscard]] bool is_aware(const Recipe& recipe, const Decision& decision);

// Decides about those of `decisions`, one an operator, that are kStatic. Operators with weights come first; the others follow where
// XNNPACK takes them and all around them is integers. A recipe of full integers fails with every operator that has no such form.
// A product that stands alone among floats computes beside these where integers would say too little of its values.
// `is_known` says of which activations there are statistics.
[[nodiscard]] Result<void> plan_static(const Graph& graph, const Recipe& recipe, const std::function<bool(litert::TensorId)>& is_known,
                                       const ExpectedDecibels& expected, std::vector<Decision>& decisions);

}  // namespace kelt::quantize
