// runtime/element_type.h — LiteRtElementType ↔ DType.

#pragma once

#include <optional>

#include "weights/dtype.h"

namespace kelt::runtime {

// Nothing for what kelt does not pass across the boundary (strings, resources, two-bit integers).
[[nodiscard]] std::optional<DType> dtype_of_element(int element_type);

}  // namespace kelt::runtime
