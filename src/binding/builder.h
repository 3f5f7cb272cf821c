// binding/builder.h — kelt._native.Builder: graph::Builder for the capture.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_builder(nanobind::module_& module);

}  // namespace kelt::binding
