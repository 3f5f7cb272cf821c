#include "quantize/shared_integers.h"

#include "quantize/steps.h"

namespace kelt::quantize {
namespace {

// A scale for each row, or for each block of one.
Steps steps_of_rows(const Shape& table, const Form& form, ScaleChoice scales) {
  Steps steps = form.block != 0 ? in_blocks(table, form.block, form.bits) : per_channel(table, 0, form.bits);
  steps.choice = scales;
  return steps;
}

}  // namespace

const Quantized* chosen_for(const ChosenIntegers& chosen, const LayerId& layer, const Form& form) {
  const auto found = chosen.find(layer);
  return found != chosen.end() && found->second.form == form ? &found->second.integers : nullptr;
}

SharedIntegers::SharedIntegers(const litert::Model& model, const Plan& plan, ScaleChoice scales, const ChosenIntegers& chosen)
    : scales_(scales) {
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    const Graph graph(model.subgraphs[index]);
    for (size_t op = 0; op < plan.of[index].size(); ++op) {
      const Form& form = plan.of[index][op].form;
      const litert::Operator& layer = graph.subgraph().operators[op];
      if (form.kind != Kind::kDynamic || form.per_tensor || layer.code != litert::BuiltinOperator::FULLY_CONNECTED) continue;
      const auto weights = weights_of(graph, layer);
      if (!weights) continue;
      products_[weights->floats.source->identity()].push_back(
          {.form = form,
           .steps = steps_of(layer, *weights->kernel, form, graph, scales),
           .from = {.scales = scales, .integers = chosen_for(chosen, {static_cast<int>(index), op}, form)}});
    }
  }
}

Result<Quantized> SharedIntegers::of_product(const Array& weights, const Steps& steps, const LayerWeights& from) {
  Key key(weights.source->identity(), weights.shape, steps.scales, steps.bits, steps.of_sum, from.integers);
  const auto known = found_.find(key);
  if (known != found_.end()) return known->second;
  KELT_ASSIGN_OR_RETURN(Quantized integers, integers_of(weights, steps, from));
  found_.emplace(std::move(key), integers);
  return integers;
}

Result<Quantized> SharedIntegers::of_rows(const Array& table, const Form& form) {
  const auto products = products_.find(table.source->identity());
  if (products != products_.end()) {
    for (const Product& product : products->second) {
      const bool same = product.form.bits == form.bits && product.form.block == form.block && product.steps.scales[0] == table.shape[0];
      if (same) return of_product(table, product.steps, product.from);
    }
  }
  return of_product(table, steps_of_rows(table.shape, form, scales_), {.scales = scales_});
}

}  // namespace kelt::quantize
