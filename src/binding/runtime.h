// binding/runtime.h — kelt._native.Runtime and CompiledModel: a LiteRT file, run from Python.

#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "runtime/runtime.h"

namespace kelt::binding {

// "delegate", "builtin" or "reference", else an exception.
[[nodiscard]] runtime::Kernels read_kernels(const std::string& text);

void bind_runtime(nanobind::module_& module);

}  // namespace kelt::binding
