// quantize/plan.h — the form that each operator of a model gets, and why where that isn't the one that was asked for.
//
// By default XNNPACK's view decides: where it would leave an operator in that form to the builtin kernels, the operator keeps its
// floats, since each change between the two costs more than the integers save.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "litert/model.h"
#include "quantize/recipe.h"
#include "statistics/statistics.h"

namespace kelt::quantize {

// Why an operator of a file that was quantized before keeps its form.
inline constexpr std::string_view kDone = "its weights are integers already";

struct Decision {
  Form asked;
  Form form;
  std::string why;  // of a form that wasn't asked for; empty where it was, or where there is nothing to quantize
};

[[nodiscard]] inline bool is_static(const Decision& decision) { return decision.form.kind == Kind::kStatic; }

struct Plan {
  std::vector<std::vector<Decision>> of;  // by subgraph and operator
  size_t least_halved = 0;                // bytes of constants (quantize/halves.h)
};

// The errors: a pattern of layers that matches nothing, an operator that a recipe of full integers can't have.
// With statistics, an operator of which they know nothing keeps its floats.
[[nodiscard]] Result<Plan> make_plan(const litert::Model& model, const Recipe& recipe, const statistics::Statistics* statistics = nullptr);

// The tensors whose ranges the plan needs: what operators of kStatic read and give in floats, and inputs and outputs that become
// integers.
[[nodiscard]] std::vector<litert::Place> activations_of(const litert::Model& model, const Recipe& recipe, const Plan& plan);

// The tensors whose means by channel bias correction needs: inputs of operators whose weights become integers.
[[nodiscard]] std::vector<litert::Place> channels_of(const litert::Model& model, const Recipe& recipe, const Plan& plan);
// Inputs of all operators with weights, whatever becomes of these.
[[nodiscard]] std::vector<litert::Place> inputs_of_products(const litert::Model& model);

}  // namespace kelt::quantize
