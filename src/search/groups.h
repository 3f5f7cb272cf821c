// search/groups.h — the operators that get one form together, and the recipe that says so.

#pragma once

#include <compare>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "litert/model.h"
#include "quantize/recipe.h"

namespace kelt::search {

// What a rule can tell apart.
struct Layer {
  std::string path;
  litert::BuiltinOperator op{};
  friend auto operator<=>(const Layer&, const Layer&) = default;
};

struct Group {
  std::vector<Layer> layers;                         // in order of execution
  std::vector<std::pair<size_t, size_t>> operators;  // by subgraph and index
};

// Operators with as many float constants as the recipe finds worth it. Those of one layer, and those that share constants, are together.
[[nodiscard]] std::vector<Group> groups_of(const litert::Model& model, const quantize::Recipe& recipe);

// A rule for each layer whose group isn't left in floats; behind them the rules of the recipe that was given, and what it skips.
[[nodiscard]] quantize::Recipe recipe_of(const quantize::Recipe& given, std::span<const Group> groups,
                                         std::span<const quantize::Form> forms);

}  // namespace kelt::search
