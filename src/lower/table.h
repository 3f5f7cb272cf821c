// lower/table.h — the one visible table of what can be lowered: op of the source module → its lowering, and what is known
// of the op besides.

#pragma once

#include <span>
#include <string_view>

#include "graph/op_facts.h"
#include "lower/core/lowering.h"

namespace kelt::lower {

struct Entry {
  std::string_view op;
  Result<void> (*lower)(const graph::Node& node, Lowering& to);
  graph::OpFacts facts = {};
};

[[nodiscard]] std::span<const Entry> table();
[[nodiscard]] const Entry* find_lowering(std::string_view op);
// What the verifier of a module asks for (graph/verify.h).
[[nodiscard]] const graph::OpFacts* find_facts(std::string_view op);

}  // namespace kelt::lower
