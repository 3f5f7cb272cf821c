#include "binding/facts.h"

#include <string_view>

#include "binding/attribute.h"
#include "graph/own_nodes.h"
#include "lower/table.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

nb::tuple name_tuple(std::string_view text) {
  nb::list list;
  for (const std::string_view word : graph::words(text)) list.append(from_string(word));
  return nb::tuple(list);
}

nb::dict op_facts() {
  nb::dict facts;
  for (const lower::Entry& entry : lower::table()) {
    const graph::OwnNode* own = graph::find_own_node(entry.op);
    nb::dict row;
    row["operands"] = name_tuple(entry.facts.operands);
    row["bools"] = name_tuple(entry.facts.bools);
    row["own"] = own != nullptr;
    row["source"] = own != nullptr && graph::is_source_kind(own->kind);
    row["given"] = name_tuple(own == nullptr ? "" : own->given);
    facts[from_string(entry.op)] = row;
  }
  return facts;
}

}  // namespace

void bind_facts(nb::module_& module) {
  module.def("op_facts", op_facts,
             "Every op that has a lowering: which arguments compute together in one dtype (`operands`), which are bool (`bools`),\n"
             "whether it is the module's own rather than one of keras.ops (`own`), and then whether it is a weight or a constant\n"
             "(`source`) and which lists of values its functions are called on (`given`).");
}

}  // namespace kelt::binding
