// lower/contraction.cc — the product of two operands, summed over common axes → FULLY_CONNECTED, BATCH_MATMUL, or MUL and SUM.
//
// A constant operand without batch axes is the weights of a FULLY_CONNECTED, transposed as they are read; several letters are one
// axis on either side of it, by a RESHAPE. Where two dims are unknown, such a RESHAPE needs a computed shape, which XNNPACK
// leaves outside: then each leading letter of the weights becomes a batch axis of a BATCH_MATMUL (heads first), and those that
// are contracted are summed behind it.

#include "lower/contraction.h"

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/sums.h"
#include "weights/quantized.h"

namespace kelt::lower {
namespace {

bool has(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

// What each letter does.
struct Roles {
  std::string batch, contracted, free_a, free_b;
};

Roles roles_of(const Letters& letters) {
  Roles roles;
  for (const char letter : letters.out) {
    const bool in_a = has(letters.a, letter);
    const bool in_b = has(letters.b, letter);
    (in_a && in_b ? roles.batch : in_a ? roles.free_a : roles.free_b) += letter;
  }
  for (const char letter : letters.a) {
    if (!has(letters.out, letter)) roles.contracted += letter;
  }
  return roles;
}

// An operand with its axes by letter.
struct Lettered {
  Value value;
  std::string letters;

  [[nodiscard]] Dims dims(std::string_view of) const {
    Dims dims;
    for (const char letter : of) dims.push_back(value.dims[letters.find(letter)]);
    return dims;
  }
  void order(Lowering& to, const std::string& wanted) {
    value = transpose(to, value, permutation(letters, wanted));
    letters = wanted;
  }
};

Dim length(const Dims& dims) { return product_of(dims); }

Dims join(std::initializer_list<Dims> parts) {
  Dims all;
  for (const Dims& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

int unknown_count(const Dims& dims) {
  return static_cast<int>(std::count_if(dims.begin(), dims.end(), [](const Dim& dim) { return !dim.is_static(); }));
}

// Sums over the letters that neither the other operand nor the result has.
Lettered sum_lonely(Lowering& to, const Lettered& x, std::string_view other, std::string_view out) {
  std::vector<int> lonely;
  std::string kept;
  for (size_t axis = 0; axis < x.letters.size(); ++axis) {
    const bool used = has(other, x.letters[axis]) || has(out, x.letters[axis]);
    if (used) {
      kept += x.letters[axis];
    } else {
      lonely.push_back(static_cast<int>(axis));
    }
  }
  return {sum_of(to, x.value, lonely, false), kept};
}

// x with an axis of length 1 for each letter of `all` that it lacks, in the order of `all`.
Result<Value> spread(Lowering& to, Lettered x, std::string_view all) {
  std::string present;
  for (const char letter : all) {
    if (has(x.letters, letter)) present += letter;
  }
  x.order(to, present);
  // Leading axes of length 1 are broadcast as they are.
  size_t axis = 0;
  while (axis < all.size() && !has(present, all[axis])) ++axis;
  size_t skipped = axis;
  for (; axis < all.size(); ++axis) {
    if (has(present, all[axis])) continue;
    KELT_ASSIGN_OR_RETURN(x.value, expand_dims(to, x.value, static_cast<int>(axis - skipped)));
  }
  return x.value;
}

// Every letter an axis, multiplied and summed: for products without a contraction, and for integers.
Result<Value> multiply_and_sum(Lowering& to, const Lettered& a, const Lettered& b, const std::string& out, const std::string& contracted) {
  const std::string all = out + contracted;
  KELT_ASSIGN_OR_RETURN(const Value spread_a, spread(to, a, all));
  KELT_ASSIGN_OR_RETURN(const Value spread_b, spread(to, b, all));
  std::vector<int> axes;
  for (size_t axis = out.size(); axis < all.size(); ++axis) axes.push_back(static_cast<int>(axis));
  return sum_of(to, mul(to, spread_a, spread_b), axes, false);
}

// Weights [out, in] of a FULLY_CONNECTED.
Value weights_matrix(Lowering& to, Lettered weights, const Roles& roles) {
  weights.order(to, roles.free_b + roles.contracted);
  const int64_t rows = *length(weights.dims(roles.free_b)).value();
  const int64_t columns = *length(weights.dims(roles.contracted)).value();
  return to.constant(kelt::reshape(*to.constant_of(weights.value), {rows, columns}));
}

// x × constant weights by one FULLY_CONNECTED, with a RESHAPE where several letters are one axis.
Result<Value> by_fully_connected(Lowering& to, Lettered x, const Lettered& weights, const Roles& roles, const std::string& out) {
  const Dims free = x.dims(roles.free_a);
  const Dims columns = weights.dims(roles.free_b);
  x.order(to, roles.free_a + roles.contracted);
  const bool vector = free.empty();  // FULLY_CONNECTED wants a row
  KELT_ASSIGN_OR_RETURN(const Value rows,
                        reshape(to, x.value, join({vector ? Dims{Dim(1)} : free, {length(weights.dims(roles.contracted))}})));
  const Value product = fully_connected(to, rows, weights_matrix(to, weights, roles), Value{});
  Lettered result{product, roles.free_a + roles.free_b};
  KELT_ASSIGN_OR_RETURN(result.value, reshape(to, product, join({free, columns})));
  result.order(to, out);
  return result.value;
}

// The same without a RESHAPE: leading letters of the weights are batch axes, in front of those of x.
Result<Value> by_heads(Lowering& to, Lettered x, Lettered weights, const Roles& roles, const std::string& out) {
  const std::string summed = roles.contracted.substr(0, roles.contracted.size() - 1);
  const std::string heads = roles.free_b.empty() ? "" : roles.free_b.substr(0, roles.free_b.size() - 1);
  const Dim inner = weights.dims(roles.contracted).back();
  const Dim last = roles.free_b.empty() ? Dim(1) : weights.dims(roles.free_b).back();
  x.order(to, summed + roles.free_a + roles.contracted.back());
  if (!summed.empty() && !heads.empty()) {
    for (size_t head = 0; head < heads.size(); ++head) {
      KELT_ASSIGN_OR_RETURN(x.value, expand_dims(to, x.value, static_cast<int>(summed.size())));
    }
  }
  const Dims shape = join({weights.dims(summed), weights.dims(heads), Dims(roles.free_a.size() - 1, Dim(1)), {inner, last}});
  weights.order(to, summed + heads + roles.contracted.back() + (roles.free_b.empty() ? "" : roles.free_b.substr(heads.size())));
  KELT_ASSIGN_OR_RETURN(const Value matrices, reshape(to, weights.value, shape));
  Value product = batch_matmul(to, x.value, matrices);
  std::vector<int> axes;
  for (size_t axis = 0; axis < summed.size(); ++axis) axes.push_back(static_cast<int>(axis));
  if (roles.free_b.empty()) axes.push_back(product.rank() - 1);
  Lettered result{sum_of(to, product, axes, false), heads + roles.free_a + roles.free_b.substr(heads.size())};
  result.order(to, out);
  return result.value;
}

// The letters in one axis: as they are if there is one.
Result<Value> merged(Lowering& to, const Lettered& x, std::string_view batch, std::string_view rows, std::string_view columns) {
  if (rows.size() == 1 && columns.size() == 1) return x.value;
  return reshape(to, x.value, join({x.dims(batch), {length(x.dims(rows)), length(x.dims(columns))}}));
}

Result<Value> by_batch_matmul(Lowering& to, Lettered a, Lettered b, const Roles& roles, const std::string& out) {
  const std::string& k = roles.contracted;
  const std::string a_adjoint = roles.batch + k + roles.free_a;
  const std::string b_adjoint = roles.batch + roles.free_b + k;
  // Read swapped what lies there swapped; b also where its innermost axis stays so.
  const bool adjoint_a = a.letters == a_adjoint && !roles.free_a.empty();
  const bool adjoint_b = b.letters == b_adjoint || (b.letters != roles.batch + k + roles.free_b && b.letters.back() == k.back());
  const Dims batch_a = a.dims(roles.batch);
  const Dims free_a = a.dims(roles.free_a);
  const Dims free_b = b.dims(roles.free_b);
  a.order(to, adjoint_a ? a_adjoint : roles.batch + roles.free_a + k);
  b.order(to, adjoint_b ? b_adjoint : roles.batch + k + roles.free_b);
  KELT_ASSIGN_OR_RETURN(const Value left, merged(to, a, roles.batch, adjoint_a ? k : roles.free_a, adjoint_a ? roles.free_a : k));
  KELT_ASSIGN_OR_RETURN(const Value right, merged(to, b, roles.batch, adjoint_b ? roles.free_b : k, adjoint_b ? k : roles.free_b));
  const Value product = batch_matmul(to, left, right, adjoint_a, adjoint_b);
  Lettered result{product, roles.batch + roles.free_a + roles.free_b};
  const Dims batch(product.dims.begin(), product.dims.end() - 2);
  if (free_a.size() != 1 || free_b.size() != 1) {
    KELT_ASSIGN_OR_RETURN(result.value, reshape(to, product, join({batch, free_a, free_b})));
  }
  result.order(to, out);
  return result.value;
}

Result<Value> by_weights(Lowering& to, const Lettered& x, const Lettered& weights, const Letters& letters) {
  const Roles roles = roles_of({x.letters, weights.letters, letters.out});
  const bool one_axis_each = roles.contracted.size() == 1 && roles.free_b.size() == 1;
  // Integers behind the weights can be kept in a FULLY_CONNECTED only: better a computed shape than floats of eight times the size.
  const bool integers = comes_from_integers(*to.constant_of(weights.value));
  if (one_axis_each || integers || unknown_count(x.dims(roles.free_a)) <= 1) return by_fully_connected(to, x, weights, roles, letters.out);
  return by_heads(to, x, weights, roles, letters.out);
}

// Half precision is multiplied in float32: products with an axis for each letter would be large, and of more axes than XNNPACK takes.
bool is_half(DType dtype) { return dtype == DType::kFloat16 || dtype == DType::kBFloat16; }

Value wide(Lowering& to, const Value& x) { return cast(to, x, DType::kFloat32); }

bool repeats(std::string letters) {
  std::sort(letters.begin(), letters.end());
  return std::adjacent_find(letters.begin(), letters.end()) != letters.end();
}

}  // namespace

std::string letters_from(int first, int count) {
  std::string letters;
  for (int index = 0; index < count; ++index) letters += static_cast<char>('a' + first + index);
  return letters;
}

std::vector<int> permutation(std::string_view from, std::string_view to) {
  std::vector<int> order;
  for (const char letter : to) order.push_back(static_cast<int>(from.find(letter)));
  return order;
}

Result<Value> contract(Lowering& to, const Value& a_value, const Value& b_value, const Letters& letters) {
  if (is_half(a_value.dtype)) {
    const Value wide_b = wide(to, b_value);
    KELT_ASSIGN_OR_RETURN(const Value product, contract(to, wide(to, a_value), wide_b, letters));
    return cast(to, product, a_value.dtype);
  }
  if (repeats(letters.a) || repeats(letters.b) || repeats(letters.out)) {
    return reject("takes a diagonal: one operand has an axis letter twice", "Take the diagonal with keras.ops.diagonal first");
  }
  Lettered a = sum_lonely(to, {a_value, letters.a}, letters.b, letters.out);
  Lettered b = sum_lonely(to, {b_value, letters.b}, letters.a, letters.out);
  Roles roles = roles_of({a.letters, b.letters, letters.out});
  const bool vectors = roles.free_a.empty() && roles.free_b.empty();
  if (roles.contracted.empty() || a.value.dtype != DType::kFloat32) return multiply_and_sum(to, a, b, letters.out, roles.contracted);
  if (roles.batch.empty()) {
    if (to.constant_of(b.value)) return by_weights(to, a, b, letters);
    if (to.constant_of(a.value)) return by_weights(to, b, a, letters);
  }
  if (vectors) return multiply_and_sum(to, a, b, letters.out, roles.contracted);
  // The operand whose free letters come last in the result stands on the right.
  const bool swap =
      !roles.free_b.empty() && !roles.free_a.empty() && letters.out.rfind(roles.free_a.back()) > letters.out.rfind(roles.free_b.back());
  if (!swap) return by_batch_matmul(to, a, b, roles, letters.out);
  std::swap(a, b);
  return by_batch_matmul(to, a, b, roles_of({a.letters, b.letters, letters.out}), letters.out);
}

Result<Value> matmul(Lowering& to, const Value& a, const Value& b) {
  const bool row = a.rank() == 1;
  const bool column = b.rank() == 1;
  const bool weights = b.rank() == 2 && to.constant_of(b).has_value();
  if (row || column || weights) {
    const std::string batch = letters_from(0, std::max({a.rank(), b.rank(), 2}) - 2);
    Letters letters{.a = row ? "x" : "yx", .b = column ? "x" : "xz", .out = batch + (row ? "" : "y") + (column ? "" : "z")};
    if (a.rank() > 2) letters.a.insert(0, batch);
    if (b.rank() > 2) letters.b.insert(0, batch);
    return contract(to, a, b, letters);
  }
  if (a.dtype == DType::kFloat32) return batch_matmul(to, a, b);
  if (is_half(a.dtype)) {
    const Value wide_b = wide(to, b);
    return cast(to, batch_matmul(to, wide(to, a), wide_b), a.dtype);
  }
  // Integers: BATCH_MATMUL reads them as quantized.
  KELT_ASSIGN_OR_RETURN(const Value left, expand_dims(to, a, a.rank()));
  KELT_ASSIGN_OR_RETURN(const Value right, expand_dims(to, b, b.rank() - 2));
  const Value product = mul(to, left, right);
  return sum_of(to, product, std::vector<int>{product.rank() - 2}, false);
}

}  // namespace kelt::lower
