// binding/module.h — kelt._native.Module and what it holds, to be read, printed, saved and loaded.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_module(nanobind::module_& module);

}  // namespace kelt::binding
