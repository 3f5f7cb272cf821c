// optimize/lead_with_integers.cc — what is computed in integers and booleans from the inputs alone → in front of everything else.
//
// The runtime cuts a graph into partitions from its first operator on, as far as that one's kind reaches, XNNPACK's or not. A mask
// that comes after the first matrix product would end a partition there, though the product does not need it.

#include <algorithm>

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::TensorId;
using litert::TensorType;

bool is_state(TensorType type) { return type == TensorType::RESOURCE || type == TensorType::VARIANT; }

class Order {
 public:
  explicit Order(const litert::Subgraph& subgraph) : subgraph_(&subgraph), early_(subgraph.tensors.size(), false) {
    for (const TensorId input : subgraph.inputs) early_[input] = true;
  }

  // Whether the operator goes to the front; asked in order of execution.
  bool leads(const litert::Operator& op) {
    bool leads = !op.outputs.empty() && touches_integers(op);
    for (const TensorId input : op.inputs) leads = leads && (input < 0 || early_[input] || tensor(input).constant);
    for (const TensorId output : op.outputs) early_[output] = leads;
    return leads;
  }

 private:
  [[nodiscard]] const litert::Tensor& tensor(TensorId id) const { return subgraph_->tensors[id]; }

  // Operators without operands to wait for, or on state, stay where they are.
  [[nodiscard]] bool touches_integers(const litert::Operator& op) const {
    bool found = false;
    bool waits = false;
    for (const auto* ids : {&op.inputs, &op.outputs}) {
      for (const TensorId id : *ids) {
        if (id < 0 || tensor(id).constant) continue;
        if (is_state(tensor(id).type)) return false;
        found = found || tensor(id).type != TensorType::FLOAT32;
        waits = waits || ids == &op.inputs;
      }
    }
    return found && waits;
  }

  const litert::Subgraph* subgraph_;
  std::vector<bool> early_;
};

}  // namespace

Result<bool> lead_with_integers(litert::Model& model, const Options&) {
  bool changed = false;
  for (litert::Subgraph& subgraph : model.subgraphs) {
    Order order(subgraph);
    std::vector<litert::Operator> front, rest;
    for (litert::Operator& op : subgraph.operators) {
      const bool leads = order.leads(op);
      changed = changed || (leads && !rest.empty());
      (leads ? front : rest).push_back(std::move(op));
    }
    std::move(rest.begin(), rest.end(), std::back_inserter(front));
    subgraph.operators = std::move(front);
  }
  return changed;
}

}  // namespace kelt::optimize
