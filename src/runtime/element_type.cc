#include "runtime/element_type.h"

namespace kelt::runtime {

std::optional<DType> dtype_of_element(int element_type) {
  switch (element_type) {
    case 1: return DType::kFloat32;
    case 2: return DType::kInt32;
    case 3: return DType::kUInt8;
    case 4: return DType::kInt64;
    case 6: return DType::kBool;
    case 7: return DType::kInt16;
    case 8: return DType::kComplex64;
    case 9: return DType::kInt8;
    case 10: return DType::kFloat16;
    case 11: return DType::kFloat64;
    case 13: return DType::kUInt64;
    case 16: return DType::kUInt32;
    case 17: return DType::kUInt16;
    case 18: return DType::kInt4;
    case 19: return DType::kBFloat16;
    default: return std::nullopt;
  }
}

}  // namespace kelt::runtime
