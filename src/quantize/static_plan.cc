#include "quantize/static_plan.h"

#include <algorithm>
#include <cmath>

#include "quantize/activations.h"
#include "quantize/integer_ops.h"
#include "quantize/layers.h"
#include "quantize/nearest.h"
#include "weights/slices.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;

bool has_floats(const Graph& graph, const Operator& op) {
  const auto is_float = [&](TensorId id) { return id >= 0 && graph.tensor(id).type == litert::TensorType::FLOAT32; };
  return std::ranges::any_of(op.inputs, is_float) || std::ranges::any_of(op.outputs, is_float);
}

void keep(Decision& decision, std::string why) {
  decision.form = {};
  decision.why = std::move(why);
}

// On int8, constant weights have one scale, and XNNPACK takes no others; beside floats they have one for each channel.
void decide_products(const Graph& graph, const Recipe& recipe, const Operator& op, Decision& decision) {
  if (!is_aware(recipe, decision)) {
    decision.form.bits = 8;
    decision.form.per_tensor = true;
    return;
  }
  const auto weights = weights_of(graph, op);
  if (!weights || static_cast<int64_t>(weights->floats.count()) < min_elements_of(recipe, op.code)) {
    return keep(decision, "XNNPACK leaves products of two activations on int8 to the builtin kernels");
  }
  decision.form = {.kind = Kind::kDynamic};
  decision.why = "its weights have a scale for each channel beside floats, and but one on int8";
}

// Whether the operator has a kernel in its form, whatever is around it.
void decide_alone(const Graph& graph, const Recipe& recipe, const Operator& op, Decision& decision) {
  if (!has_floats(graph, op)) return keep(decision, has_integer_weights(graph, op) ? std::string(kDone) : "");
  if (op.code == BuiltinOperator::QUANTIZE || op.code == BuiltinOperator::DEQUANTIZE) return keep(decision, "it is between two types");
  const IntegerOp* known = integer_op(op.code);
  const bool sixteen = decision.form.activation_bits == 16;
  if (known == nullptr || (sixteen ? known->int16 : known->int8) == Runs::kNot) {
    return keep(decision, "LiteRT has no kernel for " + name_of(op) + " on " + (sixteen ? "int16" : "int8"));
  }
  if (op.code == BuiltinOperator::BATCH_MATMUL) return decide_products(graph, recipe, op, decision);
  const Kernel* kernel = kernel_of(op.code);
  if (kernel == nullptr) {
    if (is_aware(recipe, decision) && !delegated_in_int8(op, graph.subgraph())) {
      keep(decision, "XNNPACK leaves " + name_of(op) + " on int8 to the builtin kernels");
    }
    return;
  }
  const auto weights = weights_of(graph, op);
  if (!weights) {
    const bool done = has_integer_weights(graph, op);
    return keep(decision, done ? std::string(kDone) : name_of(op) + " on integers takes no weights that are computed");
  }
  if (kernel->bias < op.inputs.size() && op.inputs[kernel->bias] >= 0 && !graph.floats(op.inputs[kernel->bias])) {
    return keep(decision, name_of(op) + " on integers takes no bias that is computed");
  }
  decision = nearest(*kernel, weights->floats.shape, std::move(decision));
}

// The first constant that has no range, an infinite mask say; kNoTensor if there is none.
Result<TensorId> endless_constant(const Graph& graph, const Operator& op) {
  for (const size_t index : data_operands(graph, op)) {
    const auto floats = graph.floats(op.inputs[index]);
    if (!floats) continue;
    bool finite = true;
    KELT_RETURN_IF_ERROR(read_floats(*floats, [&](size_t, std::span<const float> values) {
      finite = finite && std::ranges::all_of(values, [](float value) { return std::abs(value) < kInfinite; });
    }));
    if (!finite) return op.inputs[index];
  }
  return litert::kNoTensor;
}

// What reads each tensor, by index of the operator.
std::vector<std::vector<size_t>> readers_of(const litert::Subgraph& subgraph) {
  std::vector<std::vector<size_t>> readers(subgraph.tensors.size());
  for (size_t index = 0; index < subgraph.operators.size(); ++index) {
    for (const TensorId id : subgraph.operators[index].inputs) {
      if (id >= 0) readers[static_cast<size_t>(id)].push_back(index);
    }
  }
  return readers;
}

// An operator without weights is only worth integers where all around it is integers: else it would be one more change of kind.
class Neighbours {
 public:
  Neighbours(const Graph& graph, std::vector<Decision>& decisions)
      : graph_(&graph), decisions_(&decisions), readers_(readers_of(graph.subgraph())) {}

  // The first activation on whose other side an operator computes on integers, or on floats; kNoTensor if there is none.
  [[nodiscard]] TensorId border(const Operator& op, bool on_integers) const {
    const auto such = [&](size_t other) { return is_static((*decisions_)[other]) == on_integers; };
    for (const TensorId id : op.inputs) {
      const int made = graph_->is_activation(id) ? graph_->producer_index(id) : -1;
      if (made >= 0 && such(static_cast<size_t>(made))) return id;
    }
    for (const TensorId id : op.outputs) {
      if (graph_->is_activation(id) && std::ranges::any_of(readers_[static_cast<size_t>(id)], such)) return id;
    }
    return litert::kNoTensor;
  }

 private:
  const Graph* graph_;
  std::vector<Decision>* decisions_;
  std::vector<std::vector<size_t>> readers_;
};

// A layer beside float activations has more: with fewer, a few values are so large that all others share a few steps of 8 bits.
constexpr double kFewestDecibels = 25;

bool is_port(const litert::Subgraph& subgraph, const Operator& op) {
  const auto is_one = [&](TensorId id) {
    return std::ranges::find(subgraph.inputs, id) != subgraph.inputs.end() ||
           std::ranges::find(subgraph.outputs, id) != subgraph.outputs.end();
  };
  return std::ranges::any_of(op.inputs, is_one) || std::ranges::any_of(op.outputs, is_one);
}

// A product among floats gives XNNPACK nothing by integers as results. Beside floats these have no step, and each row of inputs its own.
void settle_alone(const Graph& graph, const Recipe& recipe, const ExpectedDecibels& expected, std::vector<Decision>& decisions) {
  const Neighbours neighbours(graph, decisions);
  const bool integer_ports = recipe.inputs != litert::TensorType::FLOAT32 || recipe.outputs != litert::TensorType::FLOAT32;
  for (size_t index = 0; index < decisions.size(); ++index) {
    Decision& decision = decisions[index];
    const Operator& op = graph.subgraph().operators[index];
    const bool product = op.code == BuiltinOperator::FULLY_CONNECTED && is_static(decision) && is_aware(recipe, decision);
    if (!product || neighbours.border(op, true) != litert::kNoTensor || (integer_ports && is_port(graph.subgraph(), op))) continue;
    double fewest = kFewestDecibels;
    for (const TensorId id : {op.inputs[0], op.outputs[0]}) fewest = std::min(fewest, graph.is_activation(id) ? expected(id) : fewest);
    if (fewest >= kFewestDecibels) continue;
    decision.form = {.kind = Kind::kDynamic, .bits = decision.form.bits, .per_tensor = decision.form.per_tensor};
    decision.why =
        "its values on int8 would have " + std::to_string(std::lround(fewest)) + " dB, since a few are far larger than the others";
  }
}

Result<void> all_integers(const Graph& graph, const std::vector<Decision>& decisions) {
  std::string at_fault;
  size_t count = 0;
  for (size_t index = 0; index < decisions.size(); ++index) {
    const Operator& op = graph.subgraph().operators[index];
    if (is_static(decisions[index]) || !has_floats(graph, op)) continue;
    if (++count > 5) continue;
    const std::string layer = layer_of(graph.subgraph(), op);
    at_fault += (at_fault.empty() ? "" : "; ") + (layer.empty() ? name_of(op) : layer) + " (" + decisions[index].why + ")";
  }
  if (count == 0) return {};
  return Error{.code = Code::kUnsupported,
               .what = "a file of integers alone can't hold " + std::to_string(count) + " operators of this model: " + at_fault,
               .remedy = "Take int8-static, which keeps these in floats"};
}

}  // namespace

bool is_aware(const Recipe& recipe, const Decision& decision) {
  return recipe.delegate_aware && !recipe.full_integer && decision.form.activation_bits == 8;
}

void settle_borders(const Graph& graph, const Recipe& recipe, std::vector<Decision>& decisions) {
  const Neighbours neighbours(graph, decisions);
  const std::vector<Operator>& operators = graph.subgraph().operators;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t index = 0; index < decisions.size(); ++index) {
      Decision& decision = decisions[index];
      if (!is_static(decision) || !is_aware(recipe, decision) || kernel_of(operators[index].code) != nullptr) continue;
      const TensorId border = neighbours.border(operators[index], false);
      if (border == litert::kNoTensor) continue;
      keep(decision, "what is on the other side of " + graph.tensor(border).name + " computes in floats");
      changed = true;
    }
  }
}

Result<void> plan_static(const Graph& graph, const Recipe& recipe, const std::function<std::string(TensorId)>& unfit,
                         const ExpectedDecibels& expected, std::vector<Decision>& decisions) {
  const std::vector<Operator>& operators = graph.subgraph().operators;
  for (size_t index = 0; index < decisions.size(); ++index) {
    if (is_static(decisions[index])) decide_alone(graph, recipe, operators[index], decisions[index]);
    if (!is_static(decisions[index])) continue;
    KELT_ASSIGN_OR_RETURN(const TensorId endless, endless_constant(graph, operators[index]));
    if (endless != litert::kNoTensor)
      keep(decisions[index], "the constant " + graph.tensor(endless).name + " has values that are not finite");
  }
  settle_borders(graph, recipe, decisions);
  // Last, since nothing was measured for what stays in floats anyway.
  for (size_t index = 0; index < decisions.size(); ++index) {
    for (const auto* ids : {&operators[index].inputs, &operators[index].outputs}) {
      for (const TensorId id : *ids) {
        const std::string why = is_static(decisions[index]) && graph.is_activation(id) ? unfit(id) : "";
        if (!why.empty()) keep(decisions[index], why);
      }
    }
  }
  settle_borders(graph, recipe, decisions);
  settle_alone(graph, recipe, expected, decisions);
  return recipe.full_integer ? all_integers(graph, decisions) : Result<void>{};
}

}  // namespace kelt::quantize
