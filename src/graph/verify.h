// graph/verify.h — the rules that a module keeps, and that every room after this one relies on.
//
//   G1   ids of values, weights and states are in range
//   G2   a value is defined once: by one input or as one output of one node
//   G3   a value is used after it is defined
//   G4   a module has functions, each has outputs, and names are not empty: of functions unique in their list, of ports
//        unique among the inputs and among the outputs
//   G5   a dim that is a number is not negative
//   G6   a symbol in a function's dims or dim arguments stands in the dims of its inputs, or of those of a function around it
//   G7   a weight's source has as many bytes as its dtype and shape take, and a `weight` node gives it with that type
//   G8   a state begins with a weight of its type; `read_state` and `write_state` keep that type
//   G9   a `constant` has as many values as its output has elements, and they fit its dtype
//   G10  an op has a name, and its arguments have names of their own
//   G11  operands that compute together have one dtype, and the output has the dtype that follows (op_facts.h)
//   G12  a node of control flow holds the functions of its op, which take and give what the node hands in and out
//        (verify_control.h), and no state is read or written inside of them

#pragma once

#include "graph/module.h"
#include "graph/op_facts.h"

namespace kelt::graph {

// The first rule broken, as kTypeMismatch with the node's path and op: "G3: %7 is used before it is defined". G11 is told of
// the ops of which `find_facts` knows something.
[[nodiscard]] Result<void> verify(const Module& module, FindFacts find_facts = nullptr);

}  // namespace kelt::graph
