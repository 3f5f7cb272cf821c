// litert/model.cc — the two names of an element type.

#include "litert/model.h"

#include <array>

namespace kelt::litert {
namespace {

struct TypePair {
  DType dtype;
  TensorType type;
};

constexpr std::array kTypes = {
    TypePair{DType::kFloat32, TensorType::FLOAT32},     TypePair{DType::kFloat16, TensorType::FLOAT16},
    TypePair{DType::kBFloat16, TensorType::BFLOAT16},   TypePair{DType::kFloat64, TensorType::FLOAT64},
    TypePair{DType::kInt4, TensorType::INT4},           TypePair{DType::kInt8, TensorType::INT8},
    TypePair{DType::kInt16, TensorType::INT16},         TypePair{DType::kInt32, TensorType::INT32},
    TypePair{DType::kInt64, TensorType::INT64},         TypePair{DType::kUInt8, TensorType::UINT8},
    TypePair{DType::kUInt16, TensorType::UINT16},       TypePair{DType::kUInt32, TensorType::UINT32},
    TypePair{DType::kUInt64, TensorType::UINT64},       TypePair{DType::kBool, TensorType::BOOL},
    TypePair{DType::kComplex64, TensorType::COMPLEX64},
};

}  // namespace

TensorType to_tensor_type(DType dtype) {
  for (const TypePair& pair : kTypes) {
    if (pair.dtype == dtype) return pair.type;
  }
  std::abort();  // a DType without a line above
}

std::optional<DType> to_dtype(TensorType type) {
  for (const TypePair& pair : kTypes) {
    if (pair.type == type) return pair.dtype;
  }
  return std::nullopt;
}

}  // namespace kelt::litert
