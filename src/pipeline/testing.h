// pipeline/testing.h — for tests: a model calibrated on one sample.

#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "pipeline/quantize.h"
#include "runtime/testing.h"

namespace kelt::pipeline {

// On the input x of a model that has no other; it must outlive the result.
inline Calibrate calibrated_on(const std::vector<float>& x, const Shape& shape) {
  const auto data = [&x, &shape](const litert::Model&) {
    calibrate::Data all;
    all.next = [&x, &shape, given = false]() mutable -> Result<std::optional<calibrate::Given>> {
      if (std::exchange(given, true)) return std::optional<calibrate::Given>();
      return std::optional(calibrate::Given{.inputs = {{.name = "x", .shape = shape, .bytes = runtime::bytes_of(x)}}});
    };
    return std::vector{std::move(all)};
  };
  return calibrate_by(runtime::runtime_for_tests(), data);
}

}  // namespace kelt::pipeline
