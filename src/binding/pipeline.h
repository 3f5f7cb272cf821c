// binding/pipeline.h — kelt._native.export_module: a Module becomes a file; and what can be asked of the two.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_pipeline(nanobind::module_& module);

}  // namespace kelt::binding
