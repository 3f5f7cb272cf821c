// rewrite/pattern.h — a rule whose texts have been read.

#pragma once

#include <vector>

#include "graph/parse.h"
#include "rewrite/rule.h"

namespace kelt::rewrite {

// Not an op: the value itself, under another name.
inline constexpr std::string_view kSame = "same";

struct CompiledRule {
  const Rule* rule = nullptr;
  graph::Fragment pattern;
  graph::Fragment replacement;           // with the pattern's numbers for values and variables that have a name of it
  std::vector<std::vector<int>> makers;  // by value of the pattern: the nodes that may make it
  graph::ValueId root;
  int shared = -1;
};

// kInternal for a text that is wrong: a bug of ours.
[[nodiscard]] Result<CompiledRule> compile(const Rule& rule);

// The attribute with each value and variable replaced by what the functions give for it.
template <typename OfValue, typename OfVariable>
[[nodiscard]] graph::Attribute substitute(const graph::Attribute& attribute, const OfValue& of_value, const OfVariable& of_variable) {
  if (const auto* id = std::get_if<graph::ValueId>(&attribute.value)) return {of_value(*id)};
  if (const auto* variable = std::get_if<graph::StateId>(&attribute.value)) return of_variable(*variable);
  if (const auto* list = std::get_if<graph::List>(&attribute.value)) {
    graph::List items;
    for (const graph::Attribute& item : *list) items.push_back(substitute(item, of_value, of_variable));
    return {std::move(items)};
  }
  if (const auto* slice = std::get_if<std::shared_ptr<const graph::Slice>>(&attribute.value)) {
    return {std::make_shared<const graph::Slice>(graph::Slice{substitute((*slice)->start, of_value, of_variable),
                                                              substitute((*slice)->stop, of_value, of_variable),
                                                              substitute((*slice)->step, of_value, of_variable)})};
  }
  return attribute;
}

}  // namespace kelt::rewrite
