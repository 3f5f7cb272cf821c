// binding/pipeline.h — kelt._native.export_module: a Module becomes a file.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_pipeline(nanobind::module_& module);

}  // namespace kelt::binding
