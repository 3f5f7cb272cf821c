// litert/nested.h — the subgraphs that operators run: bodies, conditions, branches.

#pragma once

#include "litert/model.h"

namespace kelt::litert {

// Calls visit(int32_t& index) for each subgraph that the operator names. False if it may name others, which only files of other
// converters have.
template <typename Visit>
bool visit_nested(Operator& op, Visit visit) {
  if (auto* choice = op.options.AsIfOptions()) {
    visit(choice->then_subgraph_index);
    visit(choice->else_subgraph_index);
  } else if (auto* loop = op.options.AsWhileOptions()) {
    visit(loop->cond_subgraph_index);
    visit(loop->body_subgraph_index);
  } else if (auto* once = op.options.AsCallOnceOptions()) {
    visit(once->init_subgraph_index);
  } else if (auto* composite = op.options2.AsStableHLOCompositeOptions()) {
    visit(composite->decomposition_subgraph_index);
  } else if (auto* scatter = op.options2.AsStablehloScatterOptions()) {
    visit(scatter->update_computation_subgraph_index);
  } else {
    return op.options2.type == tflite::BuiltinOptions2::NONE;
  }
  return true;
}

// Drops subgraphs that no signature reaches, and renumbers the others.
bool drop_unreached_subgraphs(Model& model);

}  // namespace kelt::litert
