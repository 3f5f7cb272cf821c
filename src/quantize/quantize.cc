#include "quantize/quantize.h"

#include <algorithm>
#include <string_view>

#include "quantize/constant.h"
#include "quantize/halves.h"
#include "quantize/layer_weights.h"
#include "quantize/layers.h"
#include "quantize/operators.h"
#include "quantize/pointwise.h"
#include "quantize/shared.h"
#include "quantize/shared_integers.h"
#include "quantize/static_writer.h"
#include "quantize/steps.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;
using litert::TensorType;

constexpr std::string_view kHalfSupport = "reduced_precision_support";

bool is_float(const Form& form) { return form.kind == Kind::kFloat || form.kind == Kind::kHalf; }

// One subgraph, written anew.
class Quantizer {
 public:
  // A decision that can't be carried out is changed in the plan.
  Quantizer(litert::Model& model, int index, const Recipe& recipe, Plan& plan, const Known& known, SharedIntegers& shared, Report& report)
      : model_(&model),
        index_(index),
        recipe_(&recipe),
        plan_(&plan),
        known_(&known),
        shared_(&shared),
        report_(&report),
        before_(model.subgraphs[static_cast<size_t>(index)]),
        graph_(before_),
        to_(model.subgraphs[static_cast<size_t>(index)]),
        halves_(to_) {}

  Result<void> run() {
    std::vector<Decision>& decisions = plan_->of[static_cast<size_t>(index_)];
    KELT_ASSIGN_OR_RETURN(auto params, params_for(decisions));
    StaticWriter integers(graph_, to_, std::move(params));
    if (is_signature()) replace_inputs(integers);
    for (size_t op = 0; op < decisions.size(); ++op) {
      KELT_RETURN_IF_ERROR(write(integers, op, decisions[op]));
    }
    for (const TensorId id : before_.outputs) {
      if (!(is_signature() && becomes_integers(id, recipe_->outputs))) integers.provide_floats(id);
    }
    if (is_signature()) KELT_RETURN_IF_ERROR(replace_outputs(integers));
    std::move(to_).finish();
    return {};
  }

 private:
  [[nodiscard]] bool is_signature() const {
    return std::ranges::find(model_->signatures, index_, &litert::Signature::subgraph) != model_->signatures.end();
  }
  [[nodiscard]] bool becomes_integers(TensorId id, TensorType type) const {
    return type != TensorType::FLOAT32 && graph_.is_activation(id);
  }

  Result<std::map<Integers, Params>> params_for(const std::vector<Decision>& decisions) {
    std::vector<Integers> ports;
    const auto add = [&](TensorId id, TensorType type) {
      if (is_signature() && becomes_integers(id, type)) ports.emplace_back(id, type == TensorType::INT16 ? 16 : 8);
    };
    for (const TensorId id : before_.inputs) add(id, recipe_->inputs);
    for (const TensorId id : before_.outputs) add(id, recipe_->outputs);
    if (ports.empty() && std::ranges::none_of(decisions, [](const Decision& decision) { return is_static(decision); }))
      return std::map<Integers, Params>{};
    if (known_->statistics == nullptr) {
      return Error{.code = Code::kInvalidArgument,
                   .what = "the recipe makes integers of activations, whose ranges are not known",
                   .remedy = "Give representative inputs (calibration=, or --samples), or statistics that kelt calibrate wrote"};
    }
    return choose_params(graph_, index_, decisions, ports, *known_->statistics, recipe_->ranges);
  }

  // A port of the subgraph and of its signatures.
  static void replace(std::vector<TensorId>& ports, std::vector<litert::SignaturePort>& named, TensorId from, TensorId to) {
    std::ranges::replace(ports, from, to);
    for (litert::SignaturePort& port : named) {
      if (port.tensor == from) port.tensor = to;
    }
  }

  void replace_inputs(StaticWriter& integers) {
    for (const TensorId id : before_.inputs) {
      if (!becomes_integers(id, recipe_->inputs)) continue;
      const TensorId now = integers.integer_input(id, recipe_->inputs);
      for (litert::Signature& signature : model_->signatures) {
        if (signature.subgraph == index_) replace(to_.subgraph().inputs, signature.inputs, id, now);
      }
    }
  }

  Result<void> replace_outputs(StaticWriter& integers) {
    for (const TensorId id : before_.outputs) {
      if (!becomes_integers(id, recipe_->outputs)) continue;
      KELT_ASSIGN_OR_RETURN(const TensorId now, integers.integer_output(id, recipe_->outputs));
      for (litert::Signature& signature : model_->signatures) {
        if (signature.subgraph == index_) replace(to_.subgraph().outputs, signature.outputs, id, now);
      }
    }
    return {};
  }

  // How the weights of an operator become integers: from samples, as far as they are known.
  [[nodiscard]] LayerWeights weights_from(size_t index, const Form& form) const {
    LayerWeights from{.scales = scales_by(recipe_->weights)};
    from.integers = chosen_for(known_->integers, {index_, index}, form);
    const Operator& op = before_.operators[index];
    const Kernel* kernel = kernel_of(op.code);
    const bool corrected = recipe_->bias_correction && from.integers == nullptr;  // GPTQ leaves little mean error
    if (kernel == nullptr || known_->statistics == nullptr || !corrected) return from;
    const auto inputs = known_->statistics->tensors.find({index_, op.inputs[kernel->input]});
    if (inputs != known_->statistics->tensors.end()) from.inputs = &inputs->second;
    return from;
  }

  Result<void> write(StaticWriter& integers, size_t index, Decision& decision) {
    const Operator& op = before_.operators[index];
    const std::string layer = layer_of(before_, op);
    const LayerWeights from = weights_from(index, decision.form);
    if (is_static(decision)) {
      KELT_RETURN_IF_ERROR(integers.write(op, decision.form, from).note("while quantizing " + layer));
    } else {
      integers.provide_floats(op);
      KELT_RETURN_IF_ERROR(write_weights(op, from, decision).note("while quantizing " + layer));
    }
    add_line(op, layer, decision, from);
    return {};
  }

  Result<void> write_weights(const Operator& op, const LayerWeights& from, Decision& decision) {
    if (decision.form.kind == Kind::kFloat) {  // halves that prepare() has widened stay halves
      KELT_ASSIGN_OR_RETURN(const bool stored, halves_.write(op, was_half));
      (void)stored;
      return {};
    }
    if (decision.form.kind == Kind::kHalf) {
      KELT_ASSIGN_OR_RETURN(const bool stored, halves_.write(op, [](const Array&) { return true; }, plan_->least_halved));
      if (!stored) decision.form = {};
      return {};
    }
    const Weighted weights = *weights_of(graph_, op);
    if (weights.kernel == nullptr) return write_rows(op, weights, decision.form);
    KELT_ASSIGN_OR_RETURN(const Quantized quantized,
                          shared_->of_product(weights.floats, steps_of(op, *weights.kernel, decision.form, graph_, from.scales), from));
    KELT_ASSIGN_OR_RETURN(const Operator corrected, with_bias(op, weights, quantized, from));
    if (decision.form.kind == Kind::kWeights) return write_weight_only(to_, corrected, weights.operand, quantized);
    KELT_ASSIGN_OR_RETURN(const bool written, write_quantized(to_, corrected, weights.operand, quantized));
    if (written) return {};
    return Error{.code = Code::kInternal, .what = "no kernel takes the weights that were planned"};
  }

  // The operator with the bias that makes up for what rounding does to the mean of its results.
  Result<Operator> with_bias(const Operator& op, const Weighted& weights, const Quantized& quantized, const LayerWeights& from) {
    KELT_ASSIGN_OR_RETURN(const auto values, corrected_bias(graph_, op, weights, quantized, from));
    if (!values) return op;
    Operator corrected = op;
    const size_t place = weights.kernel->bias;
    corrected.inputs.resize(std::max(corrected.inputs.size(), place + 1), litert::kNoTensor);
    const std::string name = bias_name(before_, op, place, true);
    corrected.inputs[place] = to_.constant(array_from<float>({static_cast<int64_t>(values->size())}, *values), name);
    return corrected;
  }

  Result<void> write_rows(const Operator& op, const Weighted& rows, const Form& form) {
    KELT_ASSIGN_OR_RETURN(const Quantized quantized, shared_->of_rows(rows.floats, form));
    if (op.code == BuiltinOperator::EMBEDDING_LOOKUP) {
      Operator looked_up = op;
      const std::string name = to_.tensor(op.inputs[1]).name;
      KELT_ASSIGN_OR_RETURN(looked_up.inputs[1], add_quantized(to_.subgraph(), quantized, name));
      to_.keep(std::move(looked_up));
      return {};
    }
    KELT_ASSIGN_OR_RETURN(const bool written, write_quantized(to_, op, rows.operand, quantized));
    if (written) return {};
    return Error{.code = Code::kInternal, .what = "the rows that were planned can't be looked up"};
  }

  // Operators that the recipe says nothing of, and that have nothing to quantize, are left out.
  void add_line(const Operator& op, const std::string& layer, const Decision& decision, const LayerWeights& from) {
    const bool as_is = decision.form.kind == Kind::kFloat && decision.why.empty();
    if (as_is) return;
    Line line{.layer = layer, .op = name_of(op), .form = name_of(decision.form), .asked = name_of(decision.asked), .why = decision.why};
    if (const auto weights = weights_of(graph_, op)) {
      line.bytes_before = weights->floats.bytes();
      line.bytes_after = bytes_of(op, *weights, decision.form);
      if (!is_float(decision.form))
        line.weights = from.integers != nullptr ? "gptq" : from.scales == ScaleChoice::kClip ? "clip" : "min-max";
    }
    report_->lines.push_back(std::move(line));
  }

  litert::Model* model_;
  int index_;
  const Recipe* recipe_;
  Plan* plan_;
  const Known* known_;
  SharedIntegers* shared_;
  Report* report_;
  const litert::Subgraph before_;  // the model's own grows
  const Graph graph_;
  Writer to_;
  Halves halves_;
};

bool has_halves(const Plan& plan) {
  return std::ranges::any_of(plan.of, [](const auto& decisions) {
    return std::ranges::any_of(decisions, [](const Decision& decision) { return decision.form.kind == Kind::kHalf; });
  });
}

// A product in whose file XNNPACK may not sum in float16: of a constant, or with a left side that it has to transpose. On a CPU that
// computes in float16 such a file does not load (docs/quantization.md).
std::optional<std::string> product_without_half_sums(const litert::Model& model) {
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (const Operator& op : subgraph.operators) {
      if (op.code != BuiltinOperator::BATCH_MATMUL) continue;
      const auto* options = op.options.AsBatchMatMulOptions();
      const auto is_constant = [&](TensorId id) { return id >= 0 && subgraph.tensors[static_cast<size_t>(id)].constant.has_value(); };
      if ((options != nullptr && options->adj_x) || std::ranges::any_of(op.inputs, is_constant)) return layer_of(subgraph, op);
    }
  }
  return std::nullopt;
}

// The entry by which a delegate may compute in float16, and accumulate in it or in float32.
void allow_halves(litert::Model& model, bool accumulate) {
  const std::string_view value = accumulate ? "fp16accfp16" : "fp16accfp32";
  std::erase_if(model.metadata, [](const litert::Metadata& entry) { return entry.name == kHalfSupport; });
  const auto bytes = std::as_bytes(std::span(value));
  model.metadata.push_back({.name = std::string(kHalfSupport),
                            .bytes = array_of(DType::kUInt8, {static_cast<int64_t>(value.size())}, {bytes.begin(), bytes.end()})});
}

Result<void> check_ports(const Recipe& recipe) {
  if (is_static(recipe) || (recipe.inputs == TensorType::FLOAT32 && recipe.outputs == TensorType::FLOAT32)) return {};
  return Error{.code = Code::kInvalidArgument,
               .what = "inputs and outputs of integers go with activations of integers, and the form " + name_of(recipe.form) + " has none",
               .remedy = "Take int8-static or int16x8, or leave inputs and outputs float32"};
}

}  // namespace

Result<Report> quantize_model(litert::Model& model, const Recipe& recipe, const Known& known) {
  if (recipe.goal) return Error{.code = Code::kInternal, .what = "a recipe with a goal is quantized before it was searched"};
  KELT_RETURN_IF_ERROR(check_ports(recipe));
  KELT_ASSIGN_OR_RETURN(Plan plan, make_plan(model, recipe, known.statistics));
  const litert::Model before = model;
  Report report;
  report.recipe = to_json(recipe);
  const std::optional<std::string> product = product_without_half_sums(model);
  if (recipe.half_accumulation && product) {
    report.notes.push_back("sums stay in float32: XNNPACK on Arm does not load a file that allows float16 and has the product " + *product +
                           ", of a constant or with a transposed left side");
  }
  for (size_t index = 0; index < model.subgraphs.size(); ++index) make_products(model.subgraphs[index], plan.of[index]);
  SharedIntegers shared(model, plan, scales_by(recipe.weights), known.integers);
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    Quantizer quantizer(model, static_cast<int>(index), recipe, plan, known, shared, report);
    KELT_RETURN_IF_ERROR(quantizer.run());
  }
  if (has_halves(plan)) allow_halves(model, recipe.half_accumulation && !product);
  const std::vector<std::string> copies = copies_of(before, plan, [&](const Reader& reader) {
    const Form& form = plan.of[reader.subgraph][reader.op].form;
    return chosen_for(known.integers, {static_cast<int>(reader.subgraph), reader.op}, form) != nullptr ? "gptq" : "";
  });
  report.notes.insert(report.notes.end(), copies.begin(), copies.end());
  return report;
}

}  // namespace kelt::quantize
