// optimize/restore_integers.cc — weights that were integers before the model made floats of them → integers in the file.
//
// Recognised here, written by quantize/operators.h. What takes no such integers keeps its floats.

#include "optimize/pass.h"
#include "quantize/operators.h"

namespace kelt::optimize {
namespace {

using litert::Operator;
using litert::Subgraph;

// The first operand that integers are behind, and that the operator takes.
Result<bool> restore(quantize::Writer& to, const Subgraph& subgraph, const Operator& op) {
  for (size_t operand = 0; operand < op.inputs.size(); ++operand) {
    const litert::TensorId id = op.inputs[operand];
    if (id < 0 || !subgraph.tensors[static_cast<size_t>(id)].constant) continue;
    const auto weights = quantized_form(*subgraph.tensors[static_cast<size_t>(id)].constant);
    if (!weights) continue;
    KELT_ASSIGN_OR_RETURN(const bool written, quantize::write_quantized(to, op, operand, *weights));
    if (written) return true;
  }
  return false;
}

}  // namespace

Result<bool> restore_integers(litert::Model& model, const Options& /*options*/) {
  bool changed = false;
  for (Subgraph& subgraph : model.subgraphs) {
    quantize::Writer to(subgraph);
    for (const Operator& op : std::vector<Operator>(subgraph.operators)) {
      KELT_ASSIGN_OR_RETURN(const bool restored, restore(to, subgraph, op));
      if (!restored) to.keep(op);
      changed |= restored;
    }
    std::move(to).finish();
  }
  return changed;
}

}  // namespace kelt::optimize
