// lower/attention.cc — keras.ops.dot_product_attention → BATCH_MATMUL, SOFTMAX, BATCH_MATMUL.
//
// What is masked gets a large negative number added, which swallows the logit: the same softmax as choosing that number, also in
// a row where everything is masked, but in XNNPACK, which has no SELECT.

#include <cmath>

#include "lower/contraction.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/lowerings.h"
#include "lower/repeat.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// 0.7 of the largest float32, as Keras has it: two of them still add up to a number.
constexpr double kMasked = -0.7 * 3.4028234663852886e38;

// 0 where the mask holds, the large negative number elsewhere.
Value penalty(Lowering& to, const Value& mask, DType dtype) {
  const Value kept = cast(to, mask, dtype);
  return mul(to, sub(to, like(to, kept, 1), kept), like(to, kept, kMasked));
}

// Whether a query may see a key: those up to its own place.
Result<Value> causal_mask(Lowering& to, const Dim& queries, const Dim& keys) {
  KELT_ASSIGN_OR_RETURN(const Value rows, count_up(to, queries));
  KELT_ASSIGN_OR_RETURN(const Value upright, reshape(to, rows, {queries, Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value columns, count_up(to, keys));
  return compare(to, BuiltinOperator::GREATER_EQUAL, upright, columns);
}

// Key or value heads as often as queries share them.
Result<Value> shared_heads(Lowering& to, const Value& x, const Value& query) {
  const auto heads = x.dim(2).value();
  const auto wanted = query.dim(2).value();
  if (!heads || !wanted || *heads == *wanted) return x;
  return repeat(to, x, 2, *wanted / *heads);
}

}  // namespace

Result<void> lower_dot_product_attention(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType declared = to.declared(node.outputs[0]).dtype;
  // As the backends do it; and float16 has no number so large.
  const DType dtype = is_float(declared) && byte_size(declared, 1) < 4 ? DType::kFloat32 : declared;
  const Value query = cast(to, args.tensor("query"), dtype);
  Value key = cast(to, args.tensor("key"), dtype);
  Value value = cast(to, args.tensor("value"), dtype);
  const auto bias = args.optional_tensor("bias");
  const auto mask = args.optional_tensor("mask");
  const auto scale = args.optional_number("scale");
  const bool causal = args.flag("is_causal");
  const auto cap = args.optional_number("attn_logits_soft_cap");
  args.ignore("flash_attention");  // another way to compute the same
  KELT_RETURN_IF_ERROR(args.finish());
  const auto width = query.dim(-1).value();
  if (!scale && !width) return reject("scales by the size of its heads, which is not known");

  KELT_ASSIGN_OR_RETURN(key, shared_heads(to, key, query));
  KELT_ASSIGN_OR_RETURN(value, shared_heads(to, value, query));
  const double factor = scale ? *scale : 1 / std::sqrt(static_cast<double>(*width));
  const Value scaled = mul(to, query, like(to, query, factor));
  KELT_ASSIGN_OR_RETURN(Value logits, contract(to, scaled, key, {"btnh", "bsnh", "bnts"}));
  if (cap) logits = mul(to, unary(to, BuiltinOperator::TANH, div(to, logits, like(to, logits, *cap))), like(to, logits, *cap));
  if (bias) logits = add(to, logits, cast(to, *bias, dtype));
  if (mask) logits = add(to, logits, penalty(to, *mask, dtype));
  if (causal) {
    KELT_ASSIGN_OR_RETURN(const Value seen, causal_mask(to, query.dim(1), key.dim(1)));
    logits = add(to, logits, penalty(to, seen, dtype));
  }
  KELT_ASSIGN_OR_RETURN(const Value y, contract(to, softmax(to, logits), value, {"bnts", "bsnh", "btnh"}));
  return to.bind(node, cast(to, y, declared));
}

}  // namespace kelt::lower
