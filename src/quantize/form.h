// quantize/form.h — what an operator is quantized to, by the names that recipes use.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kelt::quantize {

enum class Kind : uint8_t {
  kFloat,    // as it is
  kHalf,     // float16 weights, widened when the file is loaded
  kWeights,  // integer weights, dequantized when the file is loaded
  kDynamic,  // integer weights; activations are floats, quantized as the operator runs
  kStatic,   // integer weights, and integer activations in ranges that were calibrated
};

struct Form {
  Kind kind = Kind::kFloat;
  int bits = 8;             // of weights: 8, 4 or 2
  int activation_bits = 8;  // of kStatic: 8 or 16
  int64_t block = 0;        // weights along the last axis that share a scale; 0: a scale for each channel
  bool per_tensor = false;  // one scale for all weights
  friend bool operator==(const Form&, const Form&) = default;
};

struct NamedForm {
  std::string_view name;
  Form form;
};

// A line a form.
[[nodiscard]] std::span<const NamedForm> named_forms();
// "int8-dynamic", "int8-dynamic-per-tensor". The error lists the names.
[[nodiscard]] Result<Form> form_named(std::string_view name);
[[nodiscard]] std::string name_of(const Form& form);

}  // namespace kelt::quantize
