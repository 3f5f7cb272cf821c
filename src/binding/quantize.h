// binding/quantize.h — kelt._native.quantize_file: a file of floats becomes one of integers.

#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>

#include "binding/calibrate.h"
#include "pipeline/quantize.h"

namespace kelt::binding {

// What Python says of a quantization: a recipe, and Statistics, or a runtime and data (PythonData), or neither.
class Quantizing {
 public:
  Quantizing(const std::string& recipe, const nanobind::object& runtime, const nanobind::object& calibration);

  [[nodiscard]] const pipeline::QuantizeOptions& options() const { return options_; }
  [[nodiscard]] pipeline::QuantizeOptions& options() { return options_; }
  // What Python raised when it was asked for samples.
  void rethrow();

 private:
  pipeline::QuantizeOptions options_;
  std::shared_ptr<PythonData> data_;
};

void bind_quantize(nanobind::module_& module);

}  // namespace kelt::binding
