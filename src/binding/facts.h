// binding/facts.h — what the core knows of each op: from the lowering's table, and of the module's own nodes.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_facts(nanobind::module_& module);

}  // namespace kelt::binding
