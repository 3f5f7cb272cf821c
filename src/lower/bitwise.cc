// lower/bitwise.cc — keras.ops.bitwise_* → BITWISE_XOR, RIGHT_SHIFT, STABLEHLO_AND, STABLEHLO_SHIFT_LEFT; of booleans, logic.
//
// a | b is (a ^ b) ^ (a & b). The STABLEHLO operators do not broadcast.

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/logic.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

struct Pair {
  Value x, y;
};

Result<Pair> read_pair(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const Value x = args.tensor("x");
  const Value y = args.scalar_or_tensor("y", dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  return Pair{cast(to, x, dtype), y};
}

// An operator of one shape and of few element types.
Result<Value> same_shape(Lowering& to, BuiltinOperator code, const Value& x, const Value& y) {
  const auto dtype = compute_dtype(code, x.dtype);
  if (!dtype) return reject("works on the bits of " + std::string(name(x.dtype)) + ", which LiteRT can't", "Cast to int32 before it");
  const Dims dims = broadcast(x.dims, y.dims);
  KELT_ASSIGN_OR_RETURN(const Value a, broadcast_to(to, cast(to, x, *dtype), dims));
  KELT_ASSIGN_OR_RETURN(const Value b, broadcast_to(to, cast(to, y, *dtype), dims));
  return cast(to, to.emit(code, {a, b}, {*dtype, dims}), x.dtype);
}

}  // namespace

Result<void> lower_bitwise_and(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Pair pair, read_pair(node, to));
  if (pair.x.dtype == DType::kBool) return to.bind(node, logical_and(to, pair.x, pair.y));
  KELT_ASSIGN_OR_RETURN(const Value both, same_shape(to, BuiltinOperator::STABLEHLO_AND, pair.x, pair.y));
  return to.bind(node, both);
}

Result<void> lower_bitwise_or(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Pair pair, read_pair(node, to));
  if (pair.x.dtype == DType::kBool) return to.bind(node, logical_or(to, pair.x, pair.y));
  KELT_ASSIGN_OR_RETURN(const Value both, same_shape(to, BuiltinOperator::STABLEHLO_AND, pair.x, pair.y));
  return to.bind(node, binary(to, BuiltinOperator::BITWISE_XOR, binary(to, BuiltinOperator::BITWISE_XOR, pair.x, pair.y), both));
}

Result<void> lower_bitwise_xor(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Pair pair, read_pair(node, to));
  if (pair.x.dtype == DType::kBool) return to.bind(node, logical_xor(to, pair.x, pair.y));
  return to.bind(node, binary(to, BuiltinOperator::BITWISE_XOR, pair.x, pair.y));
}

Result<void> lower_bitwise_not(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  if (x.dtype == DType::kBool) return to.bind(node, logical_not(to, x));
  return to.bind(node, binary(to, BuiltinOperator::BITWISE_XOR, x, to.constant(kelt::cast(scalar(DType::kInt64, int64_t{-1}), x.dtype))));
}

Result<void> lower_left_shift(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Pair pair, read_pair(node, to));
  KELT_ASSIGN_OR_RETURN(const Value shifted, same_shape(to, BuiltinOperator::STABLEHLO_SHIFT_LEFT, pair.x, pair.y));
  return to.bind(node, shifted);
}

Result<void> lower_right_shift(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Pair pair, read_pair(node, to));
  return to.bind(node, binary(to, BuiltinOperator::RIGHT_SHIFT, pair.x, pair.y));
}

}  // namespace kelt::lower
