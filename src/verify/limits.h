// verify/limits.h — how far a value of the file may be from the model's: max|a − b| / max|b|, by dtype. The one table.

#pragma once

#include "weights/dtype.h"

namespace kelt::verify {

// 0: must be exact, as integers and booleans are.
[[nodiscard]] constexpr double limit_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat64: return 1e-10;  // the runtime's kernels go through float32 constants
    case DType::kFloat32: return 1e-5;
    case DType::kComplex64: return 1e-5;
    case DType::kFloat16: return 1e-2;   // ten steps of its 11 bits
    case DType::kBFloat16: return 8e-2;  // ten steps of its 8 bits
    default: return 0;
  }
}

}  // namespace kelt::verify
