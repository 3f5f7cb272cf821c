// graph/verify_control.h — rule G12: nodes that hold functions.
//
//   %y… = cond(pred=%p, operands=[%a…]) { "true_fn" (a…) -> (y…)  "false_fn" (a…) -> (y…) }              pred: bool
//   %y… = switch(index=%i, operands=[%a…]) { one or more (a…) -> (y…) }                                  index: i32
//   %v… = while_loop(loop_vars=[%v…], captures=[%c…], maximum_iterations=…) { "cond" (v…, c…) -> (bool)  "body" (v…, c…) -> (v…) }
//   %carry…, %ys… = scan(init=[%carry…], xs=[%xs…], captures=[%c…], length=…, reverse=…) { "f" (carry…, x…, c…) -> (carry…, y…) }
//   %last, %all, %states… = rnn(inputs=[%xs…], initial_states=[%states…], mask=…, captures=[%c…], go_backwards=…,
//                               zero_output_for_mask=…, return_all_outputs=…, unroll=…) { "step" (x…, states…, c…) -> (y, states…) }
//
// What goes around (v, carry, states) keeps its type. An x has the type of its xs without their leading axis, of rnn without
// their second; dims are compared where both are known.

#pragma once

#include <vector>

#include "graph/module.h"

namespace kelt::graph {

// Nothing to say of other ops.
[[nodiscard]] Result<void> check_control(const Node& node, const std::vector<Value>& values);

}  // namespace kelt::graph
