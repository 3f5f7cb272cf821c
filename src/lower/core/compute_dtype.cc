#include "lower/core/compute_dtype.h"

namespace kelt::lower {
namespace {

using Op = litert::BuiltinOperator;

using Set = uint32_t;

template <typename... Types>
constexpr Set set_of(Types... types) {
  return ((Set{1} << static_cast<int>(types)) | ...);
}

constexpr Set kReal = set_of(DType::kFloat32);
constexpr Set kReal32 = kReal | set_of(DType::kInt32);
constexpr Set kNumbers = kReal32 | set_of(DType::kInt64);
constexpr Set kFlags = set_of(DType::kBool);
constexpr Set kBits = set_of(DType::kInt8, DType::kUInt8, DType::kInt16, DType::kInt32);
constexpr Set kMoved = kNumbers | set_of(DType::kInt8, DType::kUInt8, DType::kInt16, DType::kFloat16);
constexpr Set kAny = ~Set{0};

Set supported(Op code) {
  switch (code) {
    case Op::ABS:
    case Op::SIGN:
    case Op::DIV:
    case Op::POW:
    case Op::FLOOR_DIV:
    case Op::SQUARED_DIFFERENCE:
    case Op::ADD_N: return kReal32;
    case Op::ADD:
    case Op::SUB:
    case Op::MUL:
    case Op::MAXIMUM:
    case Op::MINIMUM:
    case Op::FLOOR_MOD:
    case Op::NEG:
    case Op::SUM:
    case Op::REDUCE_MAX:
    case Op::REDUCE_MIN:
    case Op::REDUCE_PROD:
    case Op::CUMSUM:
    case Op::RANGE:
    case Op::TOPK_V2:
    case Op::BUCKETIZE:
    case Op::GREATER:
    case Op::GREATER_EQUAL:
    case Op::LESS:
    case Op::LESS_EQUAL: return kNumbers;
    case Op::EQUAL:
    case Op::NOT_EQUAL: return kNumbers | kFlags;
    case Op::ARG_MAX:
    case Op::ARG_MIN: return kReal32 | set_of(DType::kInt8, DType::kUInt8, DType::kBool);
    case Op::LOGICAL_AND:
    case Op::LOGICAL_OR:
    case Op::LOGICAL_NOT:
    case Op::REDUCE_ANY:
    case Op::REDUCE_ALL: return kFlags;
    case Op::BITWISE_XOR:
    case Op::RIGHT_SHIFT: return kBits | set_of(DType::kUInt32);
    case Op::STABLEHLO_AND: return kBits | set_of(DType::kUInt32, DType::kInt64);
    case Op::STABLEHLO_SHIFT_LEFT: return set_of(DType::kInt8, DType::kInt16, DType::kInt32);
    case Op::STABLEHLO_SCATTER: return kNumbers | set_of(DType::kInt8, DType::kBool);
    case Op::ATAN2:
    case Op::BATCH_MATMUL:
    case Op::CEIL:
    case Op::COS:
    case Op::ELU:
    case Op::EXP:
    case Op::FLOOR:
    case Op::FULLY_CONNECTED:
    case Op::GELU:
    case Op::HARD_SWISH:
    case Op::LEAKY_RELU:
    case Op::LOG:
    case Op::LOGISTIC:
    case Op::LOG_SOFTMAX:
    case Op::MEAN:  // integers would be rounded
    case Op::PRELU:
    case Op::RELU:
    case Op::RELU6:
    case Op::RELU_N1_TO_1:
    case Op::ROUND:
    case Op::RSQRT:
    case Op::SIN:
    case Op::SOFTMAX:
    case Op::SQRT:
    case Op::SQUARE:
    case Op::TANH: return kReal;
    // Operators that only move data.
    case Op::CONCATENATION: return kAny & ~set_of(DType::kUInt16);
    case Op::PACK: return kMoved & ~set_of(DType::kFloat16);
    case Op::UNPACK: return (kMoved | kFlags) & ~set_of(DType::kInt64);
    case Op::SPLIT:
    case Op::SPLIT_V: return kMoved & ~set_of(DType::kFloat16);
    case Op::GATHER:
    case Op::GATHER_ND:
    case Op::REVERSE_V2:
    case Op::PAD:
    case Op::PADV2: return kMoved | kFlags;
    case Op::MIRROR_PAD:
    case Op::DEPTH_TO_SPACE:
    case Op::SPACE_TO_DEPTH: return kNumbers | set_of(DType::kInt8, DType::kUInt8);
    case Op::ONE_HOT:
    case Op::SCATTER_ND: return kNumbers | set_of(DType::kInt8, DType::kUInt8, DType::kBool);
    case Op::MATRIX_DIAG: return kMoved & ~set_of(DType::kFloat16);
    default: return kAny;
  }
}

// The next wider type that holds every value, if any.
std::optional<DType> wider(DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kInt4:
    case DType::kInt8:
    case DType::kUInt8:
    case DType::kInt16:
    case DType::kUInt16: return DType::kInt32;
    case DType::kInt32:
    case DType::kUInt32: return DType::kInt64;
    case DType::kFloat16:
    case DType::kBFloat16: return DType::kFloat32;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<DType> compute_dtype(litert::BuiltinOperator code, DType dtype) {
  const Set types = supported(code);
  for (std::optional<DType> type = dtype; type; type = wider(*type)) {
    if ((types & set_of(*type)) != 0) return type;
  }
  return std::nullopt;
}

int rank_limit(litert::BuiltinOperator code, DType dtype) {
  constexpr int kRuntime = 8;
  constexpr int kXnnpack = 6;
  constexpr int kPadded = 5;
  // Halves compute in float32 in the end.
  const bool real = dtype == DType::kFloat32 || dtype == DType::kFloat16 || dtype == DType::kBFloat16;
  switch (code) {
    case Op::SUM:
    case Op::MEAN:
    case Op::REDUCE_MAX:
    case Op::REDUCE_MIN:
    case Op::SOFTMAX:
    case Op::CONCATENATION:
    case Op::SPLIT:
    case Op::BATCH_MATMUL: return real ? kXnnpack : kRuntime;
    case Op::PAD: return real ? kXnnpack : kPadded;
    case Op::PADV2: return kPadded;
    default: return kRuntime;
  }
}

}  // namespace kelt::lower
