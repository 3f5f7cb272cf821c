// quantize/gptq_layers.h — which layers of a model get their integers from gptq(), and those integers, layer by layer.

#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "quantize/plan.h"
#include "weights/quantized.h"

namespace kelt::quantize {

using LayerId = std::pair<int, size_t>;  // subgraph, operator

struct Chosen {
  Form form;
  Quantized integers;
};
using ChosenIntegers = std::map<LayerId, Chosen>;

// Inputs wider than that would take more than 256 MiB.
inline constexpr int64_t kWidestForGptq = 4096;

class GptqLayers {
 public:
  // The dense layers of the plan that the recipe gives to GPTQ. Recipe and plan stay with the caller.
  GptqLayers(litert::Model model, const Recipe& recipe, const Plan& plan);

  // Whose second moments are wanted.
  [[nodiscard]] std::vector<litert::Place> inputs() const;
  // Chooses the integers of the layers that read this tensor, given Σ x xᵀ over so many rows of it (0: not known). They are held,
  // packed.
  [[nodiscard]] Result<void> choose(const litert::Place& input, std::span<const float> second_moments, uint64_t rows);
  [[nodiscard]] ChosenIntegers take() && { return std::move(chosen_); }

 private:
  litert::Model model_;  // with the plan's products
  const Recipe* recipe_;
  const Plan* plan_;
  std::map<litert::Place, std::vector<LayerId>> layers_;
  ChosenIntegers chosen_;
};

}  // namespace kelt::quantize
