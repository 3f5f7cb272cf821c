// calibrate/inside.h — tensors inside of the bodies of WHILE and the branches of IF: a copy of the model that collects their bounds as it
// runs.
//
// A body has no outputs but its loop's. So one more vector goes through every loop and branch that a signature runs: for each tensor the
// largest value seen so far and, negated, the smallest. A body takes the maximum of the vector and of what its tensors hold.

#pragma once

#include <span>
#include <vector>

#include "litert/place.h"
#include "statistics/statistics.h"

namespace kelt::calibrate {

using litert::Place;

// float32 tensors of bodies and branches that a run of the signature may compute, or give to them.
[[nodiscard]] std::vector<Place> tensors_inside(const litert::Model& model, const litert::Signature& signature);

// The model that collects the bounds of these, and the tensor of the signature's own subgraph that has them after a run.
struct Collecting {
  litert::Model model;
  Place bounds;
};
[[nodiscard]] Collecting collect_inside(const litert::Model& model, const litert::Signature& signature, std::span<const Place> places);

// Adds what a run left in that tensor; nothing for a body that did not run.
void add_collected(statistics::Statistics& statistics, std::span<const Place> places, std::span<const float> bounds);

}  // namespace kelt::calibrate
