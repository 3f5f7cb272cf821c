// binding/runtime.h — kelt._native.Runtime and CompiledModel: a LiteRT file, run from Python.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_runtime(nanobind::module_& module);

}  // namespace kelt::binding
