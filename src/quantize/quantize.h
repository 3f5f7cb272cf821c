// quantize/quantize.h — a model of floats, a recipe and statistics → the model in integers. Pure: nothing is run or written.

#pragma once

#include "quantize/gptq_layers.h"
#include "quantize/plan.h"
#include "quantize/report.h"

namespace kelt::quantize {

// What samples tell.
struct Known {
  const statistics::Statistics* statistics = nullptr;
  ChosenIntegers integers = {};  // of some layers
};

// Rewrites the model by the recipe. Weights are quantized as they are read; their ranges are found now, in one scan. A recipe with
// activations of integers needs statistics of what activations_of() lists; those of channels_of() correct biases.
[[nodiscard]] Result<Report> quantize_model(litert::Model& model, const Recipe& recipe, const Known& known = {});

}  // namespace kelt::quantize
