// rewrite/rewrite.h — the room's entry: a source module in, one that computes the same with ops that say more.

#pragma once

#include <span>
#include <vector>

#include "graph/module.h"
#include "rewrite/rule.h"

namespace kelt::rewrite {

inline constexpr int kNoOrigin = -1;

struct Rewritten {
  graph::Module module;
  // By function, by value: its index in the module that came in; kNoOrigin of what a replacement adds. Functions inside of
  // nodes have none.
  std::vector<std::vector<int>> origins;
};

// Applies the rules until none matches, inside of nested functions too. The module is a verified one.
[[nodiscard]] Result<Rewritten> rewrite_module(const graph::Module& module, std::span<const Entry> rules = table());

}  // namespace kelt::rewrite
