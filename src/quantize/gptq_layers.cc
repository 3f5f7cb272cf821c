#include "quantize/gptq_layers.h"

#include <set>
#include <string>

#include "quantize/gptq.h"
#include "quantize/pointwise.h"
#include "quantize/steps.h"
#include "quantize/weighted.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::Place;

bool wants_gptq(const Recipe& recipe, const Form& form) {
  if (form.kind == Kind::kFloat || form.kind == Kind::kHalf) return false;
  // Beside 8-bit activations, whose errors are as large, 8-bit weights gain nothing by it.
  const bool pays = form.kind != Kind::kStatic || form.bits < 8;
  return recipe.weights == WeightMethod::kGptq || (recipe.weights == WeightMethod::kAuto && pays);
}

// Its operators that GPTQ can choose the integers of, but for what others have a part in.
std::vector<size_t> dense_layers(const Graph& graph, const Recipe& recipe, const std::vector<Decision>& decisions) {
  std::vector<size_t> found;
  const std::vector<Operator>& operators = graph.subgraph().operators;
  for (size_t op = 0; op < decisions.size(); ++op) {
    if (operators[op].code != BuiltinOperator::FULLY_CONNECTED || !wants_gptq(recipe, decisions[op].form)) continue;
    const auto weights = weights_of(graph, operators[op]);
    const litert::TensorId input = operators[op].inputs[0];
    if (!weights || weights->floats.shape.size() != 2 || weights->floats.shape[1] > kWidestForGptq || !graph.is_activation(input)) continue;
    const Dims& dims = graph.tensor(input).dims;
    if (!dims.empty() && dims.back().value() == weights->floats.shape[1]) found.push_back(op);
  }
  return found;
}

// Integers of so few bits, with one scale a row, that rounding them for a product costs lookups of the rows more than the product gains
// (bench/README.md: Gemma's tokens).
bool is_coarse(const Form& form) { return form.kind == Kind::kDynamic && form.bits < 8 && form.block == 0; }

// Tables whose rows are looked up as such.
std::set<std::string> tables_in(const litert::Model& model, const Plan& plan) {
  std::set<std::string> found;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    const Graph graph(model.subgraphs[index]);
    for (size_t op = 0; op < plan.of[index].size(); ++op) {
      const Operator& lookup = model.subgraphs[index].operators[op];
      if (lookup.code != BuiltinOperator::GATHER || !is_coarse(plan.of[index][op].form)) continue;
      if (const auto table = weights_of(graph, lookup)) found.insert(table->floats.source->identity());
    }
  }
  return found;
}

}  // namespace

GptqLayers::GptqLayers(litert::Model model, const Recipe& recipe, const Plan& plan)
    : model_(std::move(model)), recipe_(&recipe), plan_(&plan) {
  std::map<std::string, std::set<Place>> readers;  // of the same weights, which are stored once
  std::vector<std::pair<Place, LayerId>> layers;
  const auto identity_of = [](const Graph& graph, const Operator& op) { return weights_of(graph, op)->floats.source->identity(); };
  for (size_t index = 0; index < model_.subgraphs.size(); ++index) {
    make_products(model_.subgraphs[index], plan.of[index]);
    const Graph graph(model_.subgraphs[index]);
    for (const size_t op : dense_layers(graph, recipe, plan.of[index])) {
      const Operator& layer = model_.subgraphs[index].operators[op];
      layers.push_back({{static_cast<int>(index), layer.inputs[0]}, {static_cast<int>(index), op}});
      readers[identity_of(graph, layer)].insert(layers.back().first);
    }
  }
  const std::set<std::string> tables = tables_in(model_, plan);
  for (const auto& [input, layer] : layers) {
    const litert::Subgraph& subgraph = model_.subgraphs[static_cast<size_t>(layer.first)];
    const std::string identity = identity_of(Graph(subgraph), subgraph.operators[layer.second]);
    const bool is_table = tables.contains(identity) && is_coarse(plan.of[static_cast<size_t>(layer.first)][layer.second].form);
    if (readers.at(identity).size() == 1 && !is_table) layers_[input].push_back(layer);
  }
}

std::vector<Place> GptqLayers::inputs() const {
  std::vector<Place> places;
  for (const auto& [place, layers] : layers_) places.push_back(place);
  return places;
}

Result<void> GptqLayers::choose(const Place& input, std::span<const float> second_moments, uint64_t rows) {
  const auto layers = layers_.find(input);
  if (layers == layers_.end()) return {};
  const Graph graph(model_.subgraphs[static_cast<size_t>(input.subgraph)]);
  for (const LayerId& layer : layers->second) {
    const Operator& op = graph.subgraph().operators[layer.second];
    const Form& form = plan_->of[static_cast<size_t>(layer.first)][layer.second].form;
    const Array weights = weights_of(graph, op)->floats;
    Chosen chosen{.form = form, .integers = {}};
    Steps steps = steps_of(op, *kernel_of(op.code), form, graph, scales_by(recipe_->weights));
    steps.of_sum = 0;  // the moments tell what inputs have in common
    KELT_ASSIGN_OR_RETURN(chosen.integers, gptq(weights, steps, second_moments, {.samples = rows, .threads = 0}));
    KELT_ASSIGN_OR_RETURN(std::vector<std::byte> packed, read_all(pack_bits(chosen.integers.values, form.bits)));
    const auto bytes = static_cast<int64_t>(packed.size());
    chosen.integers.values = unpack_bits(array_of(DType::kUInt8, {bytes}, std::move(packed)), form.bits, weights.shape);
    chosen_[layer] = std::move(chosen);
  }
  return {};
}

}  // namespace kelt::quantize
