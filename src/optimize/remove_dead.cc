// optimize/remove_dead.cc — drops operators that nothing reads, then tensors that no operator names, then subgraphs that none runs.

#include <algorithm>

#include "litert/quantization.h"
#include "optimize/nested.h"
#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

bool drop_operators(litert::Model& model, int index) {
  litert::Subgraph& subgraph = model.subgraphs[static_cast<size_t>(index)];
  std::vector<bool> live(subgraph.tensors.size(), false);
  for (const litert::TensorId output : subgraph.outputs) live[output] = true;
  std::vector<litert::Operator> kept;
  for (auto op = subgraph.operators.rbegin(); op != subgraph.operators.rend(); ++op) {
    const bool read =
        std::any_of(op->outputs.begin(), op->outputs.end(), [&](litert::TensorId output) { return output >= 0 && live[output]; });
    if (!read && !has_effect(model, *op)) continue;
    for (const litert::TensorId input : op->inputs) {
      if (input >= 0) live[input] = true;
    }
    kept.push_back(std::move(*op));
  }
  const bool changed = kept.size() != subgraph.operators.size();
  std::reverse(kept.begin(), kept.end());
  subgraph.operators = std::move(kept);
  return changed;
}

// The tensors that are named by operators, signatures and the subgraph itself.
template <typename Visit>
void visit_tensors(litert::Model& model, int index, Visit visit) {
  litert::Subgraph& subgraph = model.subgraphs[index];
  for (litert::TensorId& id : subgraph.inputs) visit(id);
  for (litert::TensorId& id : subgraph.outputs) visit(id);
  for (litert::Operator& op : subgraph.operators) {
    for (litert::TensorId& id : op.inputs) visit(id);
    for (litert::TensorId& id : op.outputs) visit(id);
    for (litert::TensorId& id : op.intermediates) visit(id);
  }
  for (litert::Signature& signature : model.signatures) {
    if (signature.subgraph != index) continue;
    for (litert::SignaturePort& port : signature.inputs) visit(port.tensor);
    for (litert::SignaturePort& port : signature.outputs) visit(port.tensor);
  }
}

bool drop_tensors(litert::Model& model, int index) {
  std::vector<litert::Tensor>& tensors = model.subgraphs[index].tensors;
  std::vector<litert::TensorId> renumbered(tensors.size(), litert::kNoTensor);
  const auto keep = [&](litert::TensorId id) {
    if (id >= 0) renumbered[id] = 0;
  };
  visit_tensors(model, index, keep);
  for (size_t id = 0; id < tensors.size(); ++id) {  // scales are tensors themselves, of tensors that stay
    if (renumbered[id] != litert::kNoTensor) litert::visit_parameter_tensors(tensors[id].quantization, keep);
  }
  litert::TensorId kept = 0;
  for (size_t id = 0; id < tensors.size(); ++id) {
    if (renumbered[id] != litert::kNoTensor) renumbered[id] = kept++;
  }
  if (static_cast<size_t>(kept) == tensors.size()) return false;
  const auto renumber = [&](litert::TensorId& id) {
    if (id >= 0) id = renumbered[id];
  };
  visit_tensors(model, index, renumber);
  for (litert::Tensor& tensor : tensors) litert::visit_parameter_tensors(tensor.quantization, renumber);
  std::vector<litert::Tensor> remaining(static_cast<size_t>(kept));
  for (size_t id = 0; id < tensors.size(); ++id) {
    if (renumbered[id] != litert::kNoTensor) remaining[renumbered[id]] = std::move(tensors[id]);
  }
  tensors = std::move(remaining);
  return true;
}

}  // namespace

Result<bool> remove_dead(litert::Model& model, const Options& /*options*/) {
  bool changed = false;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    changed |= drop_operators(model, static_cast<int>(index));
    changed |= drop_tensors(model, static_cast<int>(index));
  }
  changed |= drop_unreached_subgraphs(model);
  return changed;
}

}  // namespace kelt::optimize
