// graph/visit.h — what an attribute holds, inside of lists and slices too.

#pragma once

#include "graph/module.h"

namespace kelt::graph {

// Calls `visit` with each T of the attribute: a ValueId, a WeightId, a StateId, a Dim.
template <typename T, typename Visit>
void for_each(const Attribute& attribute, const Visit& visit) {
  if (const auto* held = std::get_if<T>(&attribute.value)) {
    visit(*held);
  } else if (const auto* list = std::get_if<List>(&attribute.value)) {
    for (const Attribute& item : *list) for_each<T>(item, visit);
  } else if (const auto* slice = std::get_if<std::shared_ptr<const Slice>>(&attribute.value)) {
    for (const Attribute* part : {&(*slice)->start, &(*slice)->stop, &(*slice)->step}) for_each<T>(*part, visit);
  }
}

// Calls `visit` with each value that the node reads, as often as it stands there.
template <typename Visit>
void for_each_operand(const Node& node, const Visit& visit) {
  for (const Argument& argument : node.args) for_each<ValueId>(argument.value, visit);
}

}  // namespace kelt::graph
