// search/search.h — a goal → the forms of the layers that reach it with the least size, or the least noise in a size.
//
// Each layer is quantized by itself in each form, and the samples are run: the noise at the outputs. Noise of different layers nearly adds
// up, so the best choice by these sums is near the best there is; it is tried as it is, and the sums are corrected by what came out.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/sink.h"
#include "calibrate/calibrate.h"
#include "observe/observe.h"
#include "quantize/recipe.h"
#include "quantize/report.h"

namespace kelt::search {

// Makes the model what would be written, by a recipe without a goal.
using Quantize =
    std::function<Result<void>(litert::Model& model, const quantize::Recipe& recipe, const statistics::Statistics* statistics)>;

struct Subject {
  const runtime::Runtime& runtime;
  const observe::File& floats;
  const litert::Model& model;  // the same, with paths of layers
  uint64_t bytes = 0;          // of the file of floats
};

struct Found {
  quantize::Recipe recipe;
  std::optional<calibrate::Calibration> known;  // where some form has integer activations
  std::vector<quantize::Effect> effects;
  std::vector<std::string> notes;
  double noise = 0;
  uint64_t bytes = 0;  // of the file
};

// `recipe` has a goal. Progress: stage "search", runs of a file.
[[nodiscard]] Result<Found> find_recipe(const Subject& subject, const quantize::Recipe& recipe, const std::vector<calibrate::Data>& data,
                                        const Quantize& quantize, const ProgressSink& progress = {});

}  // namespace kelt::search
