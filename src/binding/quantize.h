// binding/quantize.h — kelt._native.quantize_file: a file of floats becomes one of integers.

#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "pipeline/quantize.h"

namespace kelt::binding {

// Statistics by the path of their file; none if it is empty.
[[nodiscard]] pipeline::QuantizeOptions quantize_options(const std::string& recipe, const std::string& statistics);

void bind_quantize(nanobind::module_& module);

}  // namespace kelt::binding
