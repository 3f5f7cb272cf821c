// lower/attention.cc — keras.ops.dot_product_attention → BATCH_MATMUL, SOFTMAX, BATCH_MATMUL.

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "lower/contraction.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/fill.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/mask.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// Whether a query may see a key: those up to its own place.
Result<Value> causal_mask(Lowering& to, const Dim& queries, const Dim& keys) {
  KELT_ASSIGN_OR_RETURN(const Value rows, count_up(to, queries));
  KELT_ASSIGN_OR_RETURN(const Value upright, reshape(to, rows, {queries, Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value columns, count_up(to, keys));
  return compare(to, BuiltinOperator::GREATER_EQUAL, upright, columns);
}

constexpr std::array kHeadsFirst = {0, 2, 1, 3};  // (batch, length, heads, width) → (batch, heads, length, width), and back
constexpr std::array kHeadsFirstTurned = {0, 2, 3, 1};

// What there is beside query, key and value; tensors broadcast to (batch, heads, queries, keys).
struct Logits {
  std::optional<double> cap;
  std::optional<Value> bias;
  std::optional<Value> visible;    // booleans: chooses what is masked, as a bias may be infinite
  std::optional<Value> penalty;    // or is added, where there is no bias: XNNPACK has no SELECT
  std::optional<Value> kept = {};  // 1 or 0, by which weights are multiplied: a row that is masked whole has none
};

Value attention_weights(Lowering& to, Value logits, const Logits& rules) {
  if (rules.cap) {
    const Value cap = like(to, logits, *rules.cap);
    const Value bent = unary(to, BuiltinOperator::TANH, div(to, logits, cap));
    logits = mul(to, bent, cap);
  }
  if (rules.bias) logits = add(to, logits, *rules.bias);
  if (rules.visible) logits = select(to, *rules.visible, logits, like(to, logits, kMasked));
  if (rules.penalty) logits = add(to, logits, *rules.penalty);
  const Value weights = softmax(to, logits);
  return rules.kept ? mul(to, weights, *rules.kept) : weights;
}

// Heads `first` to `first + count` of (batch, heads, …, …); what is broadcast over heads stays.
Result<Value> heads_of(Lowering& to, const Value& x, int64_t first, int64_t count) {
  const int axis = x.rank() - 3;
  const auto heads = axis < 0 ? std::optional<int64_t>(1) : x.dims[axis].value();
  if (heads && (*heads == 1 || *heads == count)) return x;
  return slice_axis(to, x, axis, first, first + count, Dim(count));
}

Result<Logits> of_heads(Lowering& to, const Logits& rules, int64_t first, int64_t count) {
  Logits mine = rules;
  for (std::optional<Value>* each : {&mine.bias, &mine.visible, &mine.penalty, &mine.kept}) {
    if (*each) {
      KELT_ASSIGN_OR_RETURN(*each, heads_of(to, **each, first, count));
    }
  }
  return mine;
}

// How many query heads share a key head and a value head.
struct Groups {
  int64_t shared = 0, size = 0;
};

bool is_known_but_for_one(const Dim& a, const Dim& b) { return a.is_static() || b.is_static(); }

// What broadcasts to (batch, heads, queries, keys), beside (batch, shared heads, rows of a group, keys). Empty where that takes a
// reshape with two unknown dims.
Result<std::optional<Value>> of_rows(Lowering& to, const Value& x, const Groups& groups, const Dim& queries) {
  using Rows = std::optional<Value>;
  if (x.rank() < 2 || (x.rank() == 2 && x.dim(-2) == Dim(1))) return Rows{x};
  const int rows = x.rank() - 2;
  if (x.rank() == 2 || x.dim(-3) == Dim(1)) {
    if (x.dim(-2) == Dim(1)) return Rows{x};
    return Rows{concatenate(to, std::vector<Value>(static_cast<size_t>(groups.size), x), rows)};
  }
  Dims dims = x.dims;
  dims[static_cast<size_t>(rows - 1)] = Dim(groups.shared);
  dims[static_cast<size_t>(rows)] = Dim(groups.size) * queries;
  if (x.dim(-2) != queries || std::ranges::count_if(dims, [](const Dim& dim) { return !dim.is_static(); }) > 1) return Rows{};
  KELT_ASSIGN_OR_RETURN(const Value apart, reshape(to, x, dims));
  return Rows{apart};
}

Result<std::optional<Logits>> of_rows(Lowering& to, const Logits& rules, const Groups& groups, const Dim& queries) {
  Logits found = rules;
  for (std::optional<Value>* each : {&found.bias, &found.visible, &found.penalty, &found.kept}) {
    if (!*each) continue;
    KELT_ASSIGN_OR_RETURN(*each, of_rows(to, **each, groups, queries));
    if (!*each) return std::optional<Logits>{};
  }
  return std::optional(found);
}

// The queries of a group are rows of one product.
Result<Value> attention_of_rows(Lowering& to, const Value& query, const Value& key, const Value& value, const Logits& rules,
                                const Groups& groups) {
  const Value queries = transpose(to, query, kHeadsFirst);
  const Value keys = transpose(to, key, kHeadsFirst);
  const Value values = transpose(to, value, kHeadsFirst);
  const Dim rows = Dim(groups.size) * query.dim(1);
  KELT_ASSIGN_OR_RETURN(const Value together, reshape(to, queries, {query.dim(0), Dim(groups.shared), rows, query.dim(3)}));
  const Value logits = batch_matmul(to, together, keys, false, true);
  const Value mixed = batch_matmul(to, attention_weights(to, logits, rules), values);
  KELT_ASSIGN_OR_RETURN(const Value apart, reshape(to, mixed, {query.dim(0), query.dim(2), query.dim(1), value.dim(3)}));
  return transpose(to, apart, kHeadsFirst);
}

// A product for each key head and value head, which is broadcast over its queries: rows of a group would take a reshape with two
// unknown dims.
Result<Value> attention_of_groups(Lowering& to, const Value& query, const Value& key, const Value& value, const Logits& rules,
                                  const Groups& groups) {
  const Value queries = transpose(to, query, kHeadsFirst);
  const Value keys = transpose(to, key, kHeadsFirstTurned);
  const Value values = transpose(to, value, kHeadsFirst);
  std::vector<Value> parts;
  for (int64_t head = 0; head < groups.shared; ++head) {
    KELT_ASSIGN_OR_RETURN(const Value mine, heads_of(to, queries, head * groups.size, groups.size));
    KELT_ASSIGN_OR_RETURN(const Value seen, heads_of(to, keys, head, 1));
    KELT_ASSIGN_OR_RETURN(const Value taken, heads_of(to, values, head, 1));
    KELT_ASSIGN_OR_RETURN(const Logits own, of_heads(to, rules, head * groups.size, groups.size));
    KELT_ASSIGN_OR_RETURN(const Value logits, matmul(to, mine, seen));
    KELT_ASSIGN_OR_RETURN(parts.emplace_back(), matmul(to, attention_weights(to, logits, own), taken));
  }
  return transpose(to, concatenate(to, parts, 1), kHeadsFirst);
}

// Several query heads share a key head and a value head. Repeating these copies them, and leaves XNNPACK where sizes are dynamic.
Result<Value> grouped_attention(Lowering& to, const Value& query, const Value& key, const Value& value, const Logits& rules) {
  const int64_t shared = *key.dim(2).value();
  const Groups groups{shared, *query.dim(2).value() / shared};
  if (is_known_but_for_one(query.dim(0), query.dim(1))) {
    KELT_ASSIGN_OR_RETURN(const auto by_row, of_rows(to, rules, groups, query.dim(1)));
    if (by_row) return attention_of_rows(to, query, key, value, *by_row, groups);
  }
  return attention_of_groups(to, query, key, value, rules, groups);
}

Result<Value> attention(Lowering& to, const Value& query, const Value& key, const Value& value, const Logits& rules) {
  const auto heads = query.dim(2).value(), shared = key.dim(2).value();
  if (heads && shared && *heads != *shared) return grouped_attention(to, query, key, value, rules);
  KELT_ASSIGN_OR_RETURN(const Value logits, contract(to, query, key, {"btnh", "bsnh", "bnts"}));
  return contract(to, attention_weights(to, logits, rules), value, {"bnts", "bsnh", "btnh"});
}

}  // namespace

Result<void> lower_dot_product_attention(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType declared = to.declared(node.outputs[0]).dtype;
  // As the backends do it; and float16 has no number so large.
  const DType dtype = is_float(declared) && byte_size(declared, 1) < 4 ? DType::kFloat32 : declared;
  const Value query = cast(to, args.tensor("query"), dtype);
  const Value key = cast(to, args.tensor("key"), dtype);
  const Value value = cast(to, args.tensor("value"), dtype);
  const auto bias = args.optional_tensor("bias");
  const auto mask = args.optional_tensor("mask");
  const auto scale = args.optional_number("scale");
  const bool causal = args.flag("is_causal");
  const auto cap = args.optional_number("attn_logits_soft_cap");
  args.ignore("flash_attention");  // another way to compute the same
  KELT_RETURN_IF_ERROR(args.finish());
  const auto width = query.dim(-1).value();
  if (!scale && !width) return reject("scales by the size of its heads, which is not known");

  const double factor = scale ? *scale : 1 / std::sqrt(static_cast<double>(*width));
  std::optional<Value> visible = mask;
  if (causal) {
    KELT_ASSIGN_OR_RETURN(const Value seen, causal_mask(to, query.dim(1), key.dim(1)));
    visible = mask ? logical_and(to, *mask, seen) : seen;
  }
  Logits rules{.cap = cap};
  if (bias) rules.bias = cast(to, *bias, dtype);
  if (visible && bias) rules.visible = visible;
  if (visible && !bias) rules.penalty = penalty(to, cast(to, *visible, dtype));
  const Value scaled = mul(to, query, like(to, query, factor));
  KELT_ASSIGN_OR_RETURN(const Value y, attention(to, scaled, key, value, rules));
  return to.bind(node, cast(to, y, declared));
}

// Of rules in src/rewrite: query heads that share keys and values, scaled already. The mask is (batch, 1, 1, queries, keys).
Result<void> lower_grouped_attention(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value query = args.tensor("query");
  const Value key = args.tensor("key");
  const Value value = args.tensor("value");
  const Value mask = args.tensor("mask");
  const bool zero = args.flag("masked_is_zero");
  const auto cap = args.optional_number("attn_logits_soft_cap");
  KELT_RETURN_IF_ERROR(args.finish());
  constexpr std::array kGroups = {1};
  KELT_ASSIGN_OR_RETURN(const Value visible, squeeze(to, mask, kGroups));
  const Value kept = cast(to, visible, query.dtype);
  Logits rules{.cap = cap, .penalty = penalty(to, kept)};
  if (zero) rules.kept = kept;
  KELT_ASSIGN_OR_RETURN(const Value y, attention(to, query, key, value, rules));
  return to.bind(node, y);
}

}  // namespace kelt::lower
