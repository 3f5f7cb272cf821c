// rewrite/replace.h — puts a replacement in the place of a match.

#pragma once

#include "rewrite/match.h"

namespace kelt::rewrite {

// `function` is the one that the match was found in; its index is stale afterwards. Values that nothing makes any more stay in
// the table until `renumber_values`.
[[nodiscard]] Result<void> replace(graph::Function& function, const Match& match, int root);

// Drops the values that nothing makes and numbers the others in the order in which they are made. Gives for each its number
// before.
std::vector<int> renumber_values(graph::Function& function);

}  // namespace kelt::rewrite
