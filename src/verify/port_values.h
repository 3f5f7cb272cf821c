// verify/port_values.h — floats ↔ what a tensor holds of them: floats, or integers with one scale.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "litert/model.h"

namespace kelt::verify {

// The nearest that the tensor can hold.
[[nodiscard]] std::vector<std::byte> as_held(std::span<const float> floats, const litert::Tensor& tensor);
// What the bytes of the tensor stand for; empty for types other than float32 and integers of 8 and 16 bits.
[[nodiscard]] std::optional<std::vector<float>> as_floats(std::span<const std::byte> bytes, const litert::Tensor& tensor);

}  // namespace kelt::verify
