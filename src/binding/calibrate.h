// binding/calibrate.h — kelt._native.Statistics and calibrate: samples come from Python, one at a time.

#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "calibrate/calibrate.h"

namespace kelt::binding {

void bind_calibrate(nanobind::module_& module);

// Samples of a Python object: data({signature: [(name, dtype, shape)]}) gives {signature: next} of those that have samples; next() gives
// ({name: (dtype, shape, bytes)}, whether these hold several samples), and None at the end. Made and destroyed with the GIL, asked
// without.
class PythonData {
 public:
  explicit PythonData(nanobind::object data) : data_(std::move(data)) {}

  // The samples of each signature that has any.
  [[nodiscard]] std::vector<calibrate::Data> of(const litert::Model& model);
  // What Python raised when it was asked, if it did: the core has come back with an error of its own.
  void rethrow();

 private:
  nanobind::object data_;
  std::shared_ptr<std::optional<nanobind::python_error>> raised_ = std::make_shared<std::optional<nanobind::python_error>>();
};

}  // namespace kelt::binding
