// quantize/plan.cc — a form for each operator: what the recipe asks for, as far as the kernels take it.

#include "quantize/plan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "quantize/halves.h"
#include "quantize/layers.h"
#include "quantize/nearest.h"
#include "quantize/pointwise.h"
#include "quantize/shared.h"
#include "quantize/static_plan.h"
#include "quantize/weighted.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;

bool applies(const Rule& rule, const std::string& layer, const Operator& op) {
  return (rule.ops.empty() || std::ranges::find(rule.ops, op.code) != rule.ops.end()) && matches(rule.layers, layer);
}

// What the recipe asks of each operator; and whether each of its patterns matches one.
class Asked {
 public:
  explicit Asked(const Recipe& recipe) : recipe_(&recipe), skips_(recipe.skip.size()), rules_(recipe.rules.size()) {}

  Decision of(const litert::Subgraph& graph, const Operator& op) {
    const std::string layer = layer_of(graph, op);
    if (first_.size() < kShown && !layer.empty() && std::ranges::find(first_, layer) == first_.end()) first_.push_back(layer);
    Decision decision{.asked = recipe_->form, .form = recipe_->form};
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (!applies(recipe_->rules[i], layer, op)) continue;
      rules_[i] = true;
      decision.asked = decision.form = recipe_->rules[i].form;
    }
    for (size_t i = 0; i < skips_.size(); ++i) {
      if (!matches(recipe_->skip[i], layer)) continue;
      skips_[i] = true;
      decision.form = {};
      decision.why = "the recipe skips it";
    }
    return decision;
  }

  [[nodiscard]] Result<void> all_matched() const {
    for (size_t i = 0; i < skips_.size(); ++i) {
      if (!skips_[i]) return unmatched("\"skip\" has the pattern \"" + recipe_->skip[i] + "\"");
    }
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (!rules_[i]) return unmatched("a rule has the pattern \"" + recipe_->rules[i].layers + "\"");
    }
    return {};
  }

 private:
  static constexpr size_t kShown = 5;

  [[nodiscard]] Error unmatched(const std::string& what) const {
    std::string layers;
    for (const std::string& layer : first_) layers += (layers.empty() ? "" : ", ") + layer;
    return {.code = Code::kInvalidArgument,
            .what = "the recipe's " + what + ", which matches no operator of the model",
            .remedy = "The first layers are " + layers + "; kelt inspect --graph shows all"};
  }

  const Recipe* recipe_;
  std::vector<bool> skips_, rules_;
  std::vector<std::string> first_;
};

Decision kept(Decision decision, std::string why) {
  decision.form = {};
  decision.why = std::move(why);
  return decision;
}

// Rows that are looked up: integers of 8 bits, or of 4, each row with a scale, or each block of one.
Decision rows_of_table(const Shape& shape, Decision decision) {
  const Form asked = decision.form;
  decision.form = {.kind = Kind::kDynamic, .bits = asked.bits == 8 || shape.back() % 2 != 0 ? 8 : 4};
  if (asked.bits == 4 && asked.block != 0 && shape.back() % asked.block == 0) decision.form.block = asked.block;
  if (decision.form.bits != asked.bits) {
    decision.why = "rows that are looked up have 8 bits, or 4 if their length is even";
  } else if (decision.form.block != asked.block) {
    decision.why = "its rows of " + std::to_string(shape.back()) + " are no whole blocks";
  }
  return decision;
}

Decision decide_weights(const Graph& graph, const Operator& op, const Recipe& recipe, Decision decision) {
  const auto weights = weights_of(graph, op);
  if (!weights) {
    return kept(std::move(decision), has_integer_weights(graph, op) ? std::string(kDone) : "");
  }
  const size_t count = weights->floats.count();
  if (count == 0) return kept(std::move(decision), "");
  if (static_cast<int64_t>(count) < min_elements_of(recipe, op.code)) {
    return kept(std::move(decision), "it has only " + std::to_string(count) + " weights (min_elements)");
  }
  if (weights->kernel == nullptr) return rows_of_table(weights->floats.shape, std::move(decision));
  if (decision.form.kind == Kind::kDynamic && !weights->kernel->dynamic) {
    return kept(std::move(decision), "XNNPACK has no kernel for " + name_of(op) + " with integer weights and float activations");
  }
  if (decision.form.kind == Kind::kDynamic && decision.form.bits < 8 && is_pointwise(graph, op)) {
    if (Decision product = as_product(weights->floats.shape, decision); product.form.bits < 8) return product;
  }
  decision = nearest(*weights->kernel, weights->floats.shape, std::move(decision));
  const uint64_t before = weights->floats.bytes(), after = bytes_of(op, *weights, decision.form);
  if (after * 4 > before * 3) {
    return kept(std::move(decision), "its " + std::to_string(before) + " bytes would become " + std::to_string(after));
  }
  return decision;
}

// XNNPACK leaves a GATHER of integers to the builtin kernels: rows of a table are integers by themselves, and floats once looked up.
Decision decide_static(const Graph& graph, const Operator& op, const Recipe& recipe, Decision decision) {
  const auto weights = weights_of(graph, op);
  if (!weights || weights->kernel != nullptr || !is_aware(recipe, decision)) return decision;
  decision.form = {.kind = Kind::kDynamic};
  decision.why = "rows that are looked up are integers with a scale each, and computed with in floats";
  return decide_weights(graph, op, recipe, std::move(decision));
}

// Some constant operand is worth it.
Decision decide_halves(const Graph& graph, const Operator& op, size_t least, Decision decision) {
  for (size_t operand = 0; operand < op.inputs.size(); ++operand) {
    const auto floats = graph.floats(op.inputs[operand]);
    if (floats && is_worth_halving(op, operand, *floats, least)) return decision;
  }
  return kept(std::move(decision), has_integer_weights(graph, op) ? std::string(kDone) : "");
}

Decision decide(const Graph& graph, const Operator& op, const Recipe& recipe, size_t least_halved, Decision decision) {
  switch (decision.form.kind) {
    case Kind::kFloat: return decision;
    case Kind::kHalf: return decide_halves(graph, op, least_halved, std::move(decision));
    case Kind::kStatic: return decide_static(graph, op, recipe, std::move(decision));  // the rest: quantize/static_plan.h
    default: return decide_weights(graph, op, recipe, std::move(decision));
  }
}

// What operators with weights read, of those that are wanted.
std::vector<litert::Place> inputs_of_products(const litert::Model& model, const std::function<bool(size_t, size_t)>& wanted) {
  std::set<litert::Place> places;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    const litert::Subgraph& subgraph = model.subgraphs[index];
    const Graph graph(subgraph);
    for (size_t op = 0; op < subgraph.operators.size(); ++op) {
      const auto weights = weights_of(graph, subgraph.operators[op]);
      if (!weights || weights->kernel == nullptr || !wanted(index, op)) continue;
      const litert::TensorId input = subgraph.operators[op].inputs[weights->kernel->input];
      if (graph.is_activation(input)) places.insert({static_cast<int>(index), input});
    }
  }
  return {places.begin(), places.end()};
}

// Of the values that were seen, by their histogram.
double decibels_on_int8(const statistics::TensorStatistics& values, statistics::RangeMethod method) {
  const statistics::Range range = statistics::range_of(values, method, 8, false);
  const double noise = statistics::mean_squared_error(values, range, 8, false);
  const double signal = statistics::mean_square_of(values);
  return noise > 0 && signal > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

}  // namespace

Result<Plan> make_plan(const litert::Model& model, const Recipe& recipe, const statistics::Statistics* statistics) {
  Plan plan{.of = {}, .least_halved = least_halved(model)};
  Asked asked(recipe);
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    const Graph graph(subgraph);
    std::vector<Decision> decisions;
    for (const Operator& op : subgraph.operators) decisions.push_back(decide(graph, op, recipe, plan.least_halved, asked.of(subgraph, op)));
    const auto known = [&, index = static_cast<int>(plan.of.size())](litert::TensorId id) -> const statistics::TensorStatistics* {
      const auto found = statistics->tensors.find({index, id});
      return found == statistics->tensors.end() ? nullptr : &found->second;
    };
    const auto unfit = [&](litert::TensorId id) -> std::string {
      if (statistics == nullptr) return "";
      const auto* of = known(id);
      if (of == nullptr || (of->samples == 0 && of->not_finite == 0)) return "there are no statistics of its activations";
      if (of->not_finite == 0 && of->bounds.min > -kInfinite && of->bounds.max < kInfinite) return "";
      return "samples make values of " + graph.tensor(id).name + " that are not finite";
    };
    const auto expected = [&](litert::TensorId id) {
      const auto* of = statistics == nullptr ? nullptr : known(id);
      return of == nullptr || of->samples == 0 ? std::numeric_limits<double>::infinity() : decibels_on_int8(*of, recipe.ranges);
    };
    KELT_RETURN_IF_ERROR(plan_static(graph, recipe, unfit, expected, decisions));
    plan.of.push_back(std::move(decisions));
  }
  KELT_RETURN_IF_ERROR(asked.all_matched());
  if (recipe.full_integer) return plan;
  for (const size_t index : settle_shared(model, plan)) settle_borders(Graph(model.subgraphs[index]), recipe, plan.of[index]);
  return plan;
}

std::vector<litert::Place> activations_of(const litert::Model& model, const Recipe& recipe, const Plan& plan) {
  std::set<litert::Place> places;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    const litert::Subgraph& subgraph = model.subgraphs[index];
    const Graph graph(subgraph);
    const auto add = [&](litert::TensorId id) {
      if (graph.is_activation(id)) places.insert({static_cast<int>(index), id});
    };
    for (size_t op = 0; op < plan.of[index].size(); ++op) {
      if (plan.of[index][op].form.kind != Kind::kStatic) continue;
      std::ranges::for_each(subgraph.operators[op].inputs, add);
      std::ranges::for_each(subgraph.operators[op].outputs, add);
    }
    if (std::ranges::find(model.signatures, static_cast<int>(index), &litert::Signature::subgraph) == model.signatures.end()) continue;
    if (recipe.inputs != litert::TensorType::FLOAT32) std::ranges::for_each(subgraph.inputs, add);
    if (recipe.outputs != litert::TensorType::FLOAT32) std::ranges::for_each(subgraph.outputs, add);
  }
  return {places.begin(), places.end()};
}

std::vector<litert::Place> channels_of(const litert::Model& model, const Recipe& recipe, const Plan& plan) {
  if (!recipe.bias_correction) return {};
  return inputs_of_products(model, [&](size_t index, size_t op) {
    const Kind kind = plan.of[index][op].form.kind;
    return kind != Kind::kFloat && kind != Kind::kHalf;
  });
}

std::vector<litert::Place> inputs_of_products(const litert::Model& model) {
  return inputs_of_products(model, [](size_t, size_t) { return true; });
}

}  // namespace kelt::quantize
