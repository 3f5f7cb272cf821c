// binding/verify.h — comparing with reference values, and the search for the first tensor that differs.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_verify(nanobind::module_& module);

}  // namespace kelt::binding
