// pipeline/testing.h — for tests: a model calibrated on one sample, and how far its results are from others.

#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "pipeline/quantize.h"
#include "runtime/testing.h"
#include "verify/noise.h"

namespace kelt::pipeline {

// What the inputs hold must outlive the result.
inline Calibrate calibrated_on(std::vector<runtime::Input> inputs) {
  const auto data = [inputs = std::move(inputs)](const litert::Model&) {
    calibrate::Data all;
    all.next = [inputs, given = false]() mutable -> Result<std::optional<calibrate::Given>> {
      if (std::exchange(given, true)) return std::optional<calibrate::Given>();
      return std::optional(calibrate::Given{.inputs = inputs});
    };
    return std::vector{std::move(all)};
  };
  return calibrate_by(runtime::runtime_for_tests(), data);
}

// On the input x of a model that has no other; it must outlive the result.
inline Calibrate calibrated_on(const std::vector<float>& x, const Shape& shape) {
  return calibrated_on({{.name = "x", .shape = shape, .bytes = runtime::bytes_of(x)}});
}

// In dB; the least there is where one side alone is NaN or infinite.
inline double snr(const std::vector<float>& wanted, const std::vector<float>& got) {
  verify::Noise noise;
  verify::add(noise, wanted, got);
  return noise.broken == 0 ? verify::snr_of(noise) : -verify::kMostDecibels;
}

}  // namespace kelt::pipeline
