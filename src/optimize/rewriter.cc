#include "optimize/rewriter.h"

#include <algorithm>

namespace kelt::optimize {

Rewriter::Rewriter(litert::Subgraph& subgraph)
    : subgraph_(&subgraph),
      producers_(subgraph.tensors.size(), kNoOperator),
      consumers_(subgraph.tensors.size()),
      is_output_(subgraph.tensors.size(), false),
      erased_(subgraph.operators.size(), false) {
  for (const litert::TensorId output : subgraph.outputs) is_output_[output] = true;
  for (OperatorId id = 0; id < size(); ++id) {
    for (const litert::TensorId output : at(id).outputs) producers_[output] = id;
    for (const litert::TensorId input : at(id).inputs) {
      if (input < 0) continue;
      if (consumers_[input].empty() || consumers_[input].back() != id) consumers_[input].push_back(id);
    }
  }
}

OperatorId Rewriter::producer(litert::TensorId tensor, litert::BuiltinOperator code) {
  const OperatorId id = producer(tensor);
  return id != kNoOperator && at(id).code == code && at(id).outputs[0] == tensor ? id : kNoOperator;
}

OperatorId Rewriter::only_consumer(litert::TensorId tensor) const {
  return consumers_[tensor].size() == 1 && !is_output_[tensor] ? consumers_[tensor][0] : kNoOperator;
}

const Array* Rewriter::constant(litert::TensorId tensor) const {
  if (tensor < 0) return nullptr;
  const litert::Tensor& held = subgraph_->tensors[tensor];
  return held.constant && !held.sparsity && litert::to_dtype(held.type) == held.constant->dtype ? &*held.constant : nullptr;
}

void Rewriter::grow(litert::TensorId tensor) {
  const size_t count = static_cast<size_t>(tensor) + 1;
  if (producers_.size() >= count) return;
  producers_.resize(count, kNoOperator);
  consumers_.resize(count);
  is_output_.resize(count, false);
}

litert::TensorId Rewriter::add_constant(Array array, std::string name) {
  litert::Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = litert::to_tensor_type(array.dtype);
  tensor.dims.assign(array.shape.begin(), array.shape.end());
  tensor.constant = std::move(array);
  return add_tensor(std::move(tensor));
}

litert::TensorId Rewriter::add_tensor(litert::Tensor tensor) {
  const auto id = static_cast<litert::TensorId>(subgraph_->tensors.size());
  subgraph_->tensors.push_back(std::move(tensor));
  grow(id);
  return id;
}

void Rewriter::insert_after(OperatorId id, litert::Operator op) {
  inserted_[id].push_back(std::move(op));
  changed_ = true;
}

void Rewriter::set_input(OperatorId id, size_t index, litert::TensorId tensor) {
  litert::Operator& op = at(id);
  const litert::TensorId before = op.inputs[index];
  op.inputs[index] = tensor;
  if (before >= 0 && std::find(op.inputs.begin(), op.inputs.end(), before) == op.inputs.end()) std::erase(consumers_[before], id);
  if (tensor >= 0 && std::find(consumers_[tensor].begin(), consumers_[tensor].end(), id) == consumers_[tensor].end()) {
    consumers_[tensor].push_back(id);
  }
  changed_ = true;
}

void Rewriter::set_output(OperatorId id, litert::TensorId tensor, size_t index) {
  producers_[at(id).outputs[index]] = kNoOperator;
  at(id).outputs[index] = tensor;
  producers_[tensor] = id;
  changed_ = true;
}

bool Rewriter::replace_uses(litert::TensorId from, litert::TensorId to) {
  if (is_output_[from] || !litert::same_values(tensor(from), tensor(to))) return false;
  for (const OperatorId consumer : std::vector<OperatorId>(consumers_[from])) {
    for (size_t index = 0; index < at(consumer).inputs.size(); ++index) {
      if (at(consumer).inputs[index] == from) set_input(consumer, index, to);
    }
  }
  return true;
}

bool Rewriter::make_constant(litert::TensorId result, Array values, const std::optional<litert::Quantization>& quantization) {
  litert::Tensor& folded = tensor(result);
  if (!quantization || !litert::same_scales(*quantization, folded.quantization)) return false;
  folded.constant = std::move(values);
  changed_ = true;
  return true;
}

void Rewriter::erase(OperatorId id) {
  erased_[id] = true;
  for (const litert::TensorId input : at(id).inputs) {
    if (input >= 0) std::erase(consumers_[input], id);
  }
  for (const litert::TensorId output : at(id).outputs) {
    if (producers_[output] == id) producers_[output] = kNoOperator;
  }
  changed_ = true;
}

void Rewriter::absorb(OperatorId into, OperatorId id) {
  const litert::TensorId output = at(id).outputs[0];
  erase(id);
  set_output(into, output);
}

void Rewriter::finish() {
  if (!changed_) return;
  std::vector<litert::Operator> kept;
  const auto insert_behind = [&](OperatorId id) {
    const auto found = inserted_.find(id);
    if (found != inserted_.end()) std::move(found->second.begin(), found->second.end(), std::back_inserter(kept));
  };
  insert_behind(kNoOperator);
  for (OperatorId id = 0; id < size(); ++id) {
    if (!erased_[static_cast<size_t>(id)]) kept.push_back(std::move(at(id)));
    insert_behind(id);
  }
  subgraph_->operators = std::move(kept);
}

}  // namespace kelt::optimize
