// optimize/store_halves.cc — weights that were halves when the model read them → float16 in the file (quantize/halves.h).
//
// What was folded into them since is rounded again, within what a half says.

#include "optimize/pass.h"
#include "quantize/halves.h"

namespace kelt::optimize {

Result<bool> store_halves(litert::Model& model, const Options& /*options*/) {
  bool changed = false;
  for (litert::Subgraph& subgraph : model.subgraphs) {
    quantize::Writer to(subgraph);
    quantize::Halves halves(to);
    for (const litert::Operator& op : std::vector<litert::Operator>(subgraph.operators)) {
      KELT_ASSIGN_OR_RETURN(const bool stored, halves.write(op, was_half));
      changed |= stored;
    }
    std::move(to).finish();
  }
  return changed;
}

}  // namespace kelt::optimize
