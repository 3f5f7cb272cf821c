// quantize/static_plan.h — which operators compute on integers throughout, and why the others don't.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "quantize/plan.h"
#include "quantize/weighted.h"

namespace kelt::quantize {

// Values from here on say "infinite", as the lowest float32 does, by which TensorFlow's converter writes -infinity.
inline constexpr float kInfinite = 1e30F;

// The signal-to-noise ratio that an activation would have on int8; infinite where nothing is known of its values.
using ExpectedDecibels = std::function<double(litert::TensorId)>;

// Whether XNNPACK, which has no 16-bit kernels, has a say in what computes on integers.
[[nodiscard]] bool is_aware(const Recipe& recipe, const Decision& decision);

// Decides about those of `decisions`, one an operator, that are kStatic. Operators with weights come first; the others follow where
// XNNPACK takes them and all around them is integers. A recipe of full integers fails with every operator that has no such form.
// A product that stands alone among floats computes beside these where integers would say too little of its values.
// `unfit` says why integers can't stand for an activation, from its statistics; empty where they can.
[[nodiscard]] Result<void> plan_static(const Graph& graph, const Recipe& recipe, const std::function<std::string(litert::TensorId)>& unfit,
                                       const ExpectedDecibels& expected, std::vector<Decision>& decisions);

// Operators without weights between floats keep theirs.
void settle_borders(const Graph& graph, const Recipe& recipe, std::vector<Decision>& decisions);

}  // namespace kelt::quantize
