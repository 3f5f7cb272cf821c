// binding/parts.h — kelt._native.FileInParts: a LiteRT file that is run in parts, from Python.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_parts(nanobind::module_& module);

}  // namespace kelt::binding
