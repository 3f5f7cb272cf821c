// optimize/fold_constants.cc — operators whose operands are all constant → the constants that they make.
//
// Reshapes, transposes, casts and splits become lazy transforms of the weight, which cost nothing until it is written. So does a
// chain of arithmetic, sums and means (compute_lazily.h): a standardised kernel is computed slice by slice. Everything else is
// computed by the runtime, handed in as Options::evaluate, one chain at a time. What would grow beyond its sources (and 64 KiB)
// stays an operator: a broadcast position table is better kept small. So does a FILL, which is as quick as reading, and a
// DEQUANTIZE, by which a file keeps a weight small. Quantized constants fold where the result is declared with the scales that
// its integers have.

#include <algorithm>

#include "optimize/compute_lazily.h"
#include "optimize/nested.h"
#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

constexpr size_t kAlwaysFolded = size_t{64} * 1024;  // bytes
constexpr size_t kFilled = 1024;                     // bytes of a FILL that are worth their place

std::optional<Shape> static_shape(const litert::Tensor& tensor) { return static_dims(tensor.dims); }

struct MovedConstant {
  Array values;
  std::optional<litert::Quantization> quantization;  // of the values; empty if it can't be told
};

// Reshapes, transposes and casts of a constant, and the shape of what has a fixed one.
Result<std::optional<MovedConstant>> fold_lazily(Rewriter& in, const litert::Operator& op) {
  using Folded = std::optional<MovedConstant>;
  const litert::Tensor& output = in.tensor(op.outputs[0]);
  if (op.code == BuiltinOperator::SHAPE) {
    const auto shape = static_shape(in.tensor(op.inputs[0]));
    const auto dtype = litert::to_dtype(output.type);
    if (!shape || !dtype) return Folded{};
    return Folded{{cast(array_from<int64_t>({static_cast<int64_t>(shape->size())}, *shape), *dtype), litert::Quantization{}}};
  }
  const Array* operand = op.inputs.empty() ? nullptr : in.constant(op.inputs[0]);
  const auto shape = static_shape(output);
  if (operand == nullptr || !shape) return Folded{};
  const litert::Quantization& quantization = in.tensor(op.inputs[0]).quantization;
  switch (op.code) {
    case BuiltinOperator::RESHAPE:
    case BuiltinOperator::EXPAND_DIMS:
    case BuiltinOperator::SQUEEZE: return Folded{{reshape(*operand, *shape), litert::reshaped(quantization, operand->shape, *shape)}};
    case BuiltinOperator::CAST: {
      const auto dtype = litert::to_dtype(output.type);
      return dtype && quantization.scale.empty() ? Folded{{cast(*operand, *dtype), litert::Quantization{}}} : Folded{};
    }
    case BuiltinOperator::TRANSPOSE: {
      const Array* order = in.constant(op.inputs[1]);
      if (order == nullptr) return Folded{};
      KELT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes, read_as<int32_t>(*order));
      return Folded{{transpose(*operand, axes), litert::transposed(quantization, axes)}};
    }
    default: return Folded{};
  }
}

// Equal parts of a constant, each a view of it.
Result<bool> fold_split(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  if (op.code != BuiltinOperator::SPLIT) return false;
  const Array* order = in.constant(op.inputs[0]);
  const Array* operand = in.constant(op.inputs[1]);
  const bool kept = std::ranges::any_of(op.outputs, [&](TensorId output) { return in.is_output(output); });
  if (order == nullptr || operand == nullptr || kept) return false;
  KELT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes, read_as<int32_t>(*order));
  const int axis = axes[0] < 0 ? axes[0] + static_cast<int>(operand->shape.size()) : axes[0];
  const Array whole = *operand;
  const int64_t length = whole.shape[static_cast<size_t>(axis)] / static_cast<int64_t>(op.outputs.size());
  std::vector<std::optional<litert::Quantization>> parts;
  for (size_t i = 0; i < op.outputs.size(); ++i) {
    parts.push_back(litert::sliced(in.tensor(op.inputs[1]).quantization, axis, static_cast<int64_t>(i) * length, length));
    if (!parts[i] || !litert::same_scales(*parts[i], in.tensor(op.outputs[i]).quantization)) return false;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    in.make_constant(op.outputs[i], slice(whole, axis, static_cast<int64_t>(i) * length, length), parts[i]);
  }
  in.erase(id);
  return true;
}

bool can_be_evaluated(const litert::Operator& op) { return !op.inputs.empty() && is_pure(op); }

size_t bytes_of(const litert::Tensor& tensor) {
  const auto shape = static_shape(tensor);
  const auto dtype = litert::to_dtype(tensor.type);
  if (!shape || !dtype) return SIZE_MAX;
  return Array{*dtype, *shape, nullptr}.bytes();
}

// The operators that compute from constants alone, grown forward as long as nothing outgrows its sources.
class Chains {
 public:
  explicit Chains(Rewriter& in) : in_(in), sources_(in.subgraph().tensors.size(), 0), computed_(in.subgraph().tensors.size(), false) {
    for (OperatorId id = 0; id < in.size(); ++id) consider(id);
  }

  // MovedConstant tensors that an operator outside, or the caller, reads.
  [[nodiscard]] std::vector<TensorId> results() const {
    std::vector<TensorId> results;
    for (size_t id = 0; id < computed_.size(); ++id) {
      const auto tensor = static_cast<TensorId>(id);
      if (!computed_[id] || in_.is_output(tensor)) continue;
      const auto& consumers = in_.consumers(tensor);
      if (std::any_of(consumers.begin(), consumers.end(), [&](OperatorId consumer) { return !inside(consumer); }))
        results.push_back(tensor);
    }
    return results;
  }

  // A model without inputs that computes one tensor.
  [[nodiscard]] litert::Model cone(TensorId result) const {
    std::vector<bool> needed(in_.subgraph().tensors.size(), false);
    needed[result] = true;
    std::vector<OperatorId> operators;
    for (OperatorId id = in_.producer(result); id >= 0; --id) {
      if (in_.erased(id) || in_.at(id).outputs.empty() || !needed[in_.at(id).outputs[0]]) continue;
      operators.push_back(id);
      for (const TensorId input : in_.at(id).inputs) {
        if (input >= 0) needed[input] = true;
      }
    }
    const auto need = [&](TensorId id) {
      if (id >= 0) needed[id] = true;
    };
    for (size_t id = 0; id < needed.size(); ++id) {
      if (needed[id]) litert::visit_parameter_tensors(in_.tensor(static_cast<TensorId>(id)).quantization, need);
    }
    litert::Model model;
    litert::Subgraph& subgraph = model.subgraphs.emplace_back();
    std::vector<TensorId> renumbered(needed.size(), litert::kNoTensor);
    for (size_t id = 0; id < needed.size(); ++id) {
      if (!needed[id]) continue;
      renumbered[id] = static_cast<TensorId>(subgraph.tensors.size());
      subgraph.tensors.push_back(in_.tensor(static_cast<TensorId>(id)));
    }
    const auto renumber = [&](TensorId& id) { id = id < 0 ? id : renumbered[id]; };
    for (litert::Tensor& tensor : subgraph.tensors) litert::visit_parameter_tensors(tensor.quantization, renumber);
    for (auto id = operators.rbegin(); id != operators.rend(); ++id) {
      litert::Operator op = in_.at(*id);
      std::ranges::for_each(op.inputs, renumber);
      std::ranges::for_each(op.outputs, renumber);
      subgraph.operators.push_back(std::move(op));
    }
    subgraph.outputs = {renumbered[result]};
    model.signatures.push_back({.key = "fold", .subgraph = 0, .outputs = {{"result", renumbered[result]}}});
    return model;
  }

 private:
  [[nodiscard]] bool inside(OperatorId id) const { return !in_.at(id).outputs.empty() && computed_[in_.at(id).outputs[0]]; }

  void consider(OperatorId id) {
    const litert::Operator& op = in_.at(id);
    if (in_.erased(id) || !can_be_evaluated(op) || op.outputs.size() != 1) return;
    size_t sources = 0;
    for (const TensorId input : op.inputs) {
      if (input < 0) continue;
      if (const Array* constant = in_.constant(input)) {
        sources += constant->bytes();
      } else if (computed_[input]) {
        sources += sources_[input];
      } else {
        return;
      }
    }
    const size_t size = bytes_of(in_.tensor(op.outputs[0]));
    if (size > std::max(sources, kAlwaysFolded)) return;
    computed_[op.outputs[0]] = true;
    sources_[op.outputs[0]] = sources;
  }

  Rewriter& in_;
  std::vector<size_t> sources_;  // bytes of the constants that a computed tensor comes from
  std::vector<bool> computed_;
};

Result<void> fold_lazily_all(Rewriter& in) {
  for (OperatorId id = 0; id < in.size(); ++id) {
    if (in.erased(id)) continue;
    KELT_ASSIGN_OR_RETURN(const bool split, fold_split(in, id));
    if (split || in.at(id).outputs.size() != 1 || in.is_output(in.at(id).outputs[0])) continue;
    KELT_ASSIGN_OR_RETURN(auto folded, fold_lazily(in, in.at(id)));
    if (folded && in.make_constant(in.at(id).outputs[0], std::move(folded->values), folded->quantization)) in.erase(id);
  }
  return {};
}

// Empty where neither can: it stays in the file as it is.
Result<std::optional<Array>> compute(const litert::Model& chain, const Evaluate& evaluate) {
  KELT_ASSIGN_OR_RETURN(auto lazily, compute_lazily(chain));
  if (lazily || !evaluate) return lazily;
  Result<std::vector<Array>> values = evaluate(chain);
  if (!values.ok() || values->size() != 1) return std::optional<Array>();
  return std::optional(std::move(values->front()));
}

Result<void> fold_chains(Rewriter& in, const Evaluate& evaluate) {
  const Chains chains(in);
  for (const TensorId result : chains.results()) {
    const bool filled = in.producer(result, BuiltinOperator::FILL) != kNoOperator;
    const bool kept_small = in.producer(result, BuiltinOperator::DEQUANTIZE) != kNoOperator;
    if (kept_small || (filled && bytes_of(in.tensor(result)) > kFilled)) continue;
    KELT_ASSIGN_OR_RETURN(const auto computed, compute(chains.cone(result), evaluate));
    if (!computed) continue;
    const OperatorId producer = in.producer(result);
    const litert::Tensor& declared = in.tensor(result);
    if (in.make_constant(result, reshape(*computed, *static_shape(declared)), declared.quantization)) in.erase(producer);
  }
  return {};
}

}  // namespace

Result<bool> fold_constants(litert::Model& model, const Options& options) {
  return rewrite_subgraphs(model, [&](Rewriter& in) -> Result<void> {
    KELT_RETURN_IF_ERROR(fold_lazily_all(in));
    return fold_chains(in, options.evaluate);
  });
}

}  // namespace kelt::optimize
