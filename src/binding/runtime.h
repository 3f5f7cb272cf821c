// binding/runtime.h — kelt._native.Runtime and CompiledModel: a LiteRT file, run from Python.
//
// An array crosses as (dtype, shape, bytes), so that every dtype of Keras can, also those that numpy has only by extension;
// python/kelt/runtime.py makes numpy arrays of them.

#pragma once

#include <nanobind/nanobind.h>

namespace kelt::binding {

void bind_runtime(nanobind::module_& module);

}  // namespace kelt::binding
