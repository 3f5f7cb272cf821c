// graph/own_nodes.h — the nodes that a module has beside those of keras.ops: sources, states, and those that hold functions.

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "graph/module.h"

namespace kelt::graph {

enum class Kind { kOp, kWeight, kQuantizedWeight, kConstant, kReadState, kWriteState, kCond, kSwitch, kWhileLoop, kScan, kRnn };

struct OwnNode {
  std::string_view op;
  Kind kind;
  // Of a node that holds functions.
  std::string_view given = {};      // the lists of values that its functions are called on, in this order, with blanks between
  std::string_view carried = {};    // the one of them that goes around
  std::string_view stepped = {};    // the one of which a function is given one step
  std::optional<size_t> axis = {};  // of the steps
};

[[nodiscard]] std::span<const OwnNode> own_nodes();
// Null for an op of keras.ops.
[[nodiscard]] const OwnNode* find_own_node(std::string_view op);
[[nodiscard]] Kind kind_of(const Node& node);

// A weight or a constant as it stands in the module.
[[nodiscard]] bool is_source_kind(Kind kind);
[[nodiscard]] bool is_source(const Node& node);
[[nodiscard]] bool touches_state(const Node& node);

}  // namespace kelt::graph
