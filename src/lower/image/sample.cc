#include "lower/image/sample.h"

#include "lower/core/arguments.h"
#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// An element of an axis that takes part in a sample.
struct Neighbour {
  Value offset;                 // in the table
  std::optional<Value> weight;  // none: 1
  std::optional<Value> inside;  // none: always
};

Value maximum(Emitter& to, const Value& a, const Value& b) { return binary(to, BuiltinOperator::MAXIMUM, a, b); }
Value minimum(Emitter& to, const Value& a, const Value& b) { return binary(to, BuiltinOperator::MINIMUM, a, b); }

Value clipped(Emitter& to, const Value& index, const Value& length) {
  return maximum(to, minimum(to, index, sub(to, length, like(to, length, 1))), like(to, index, 0));
}

// There and back again, without the ends twice.
Value mirrored(Emitter& to, const Value& index, const Value& last) {
  const Value period = maximum(to, mul(to, last, like(to, last, 2)), like(to, last, 1));
  const Value phase = binary(to, BuiltinOperator::FLOOR_MOD, add(to, index, last), period);
  return unary(to, BuiltinOperator::ABS, sub(to, phase, last));
}

Value within(Emitter& to, const Value& index, const Value& length, const std::string& beyond) {
  const auto one = [&](const Value& x) { return like(to, x, 1); };
  const auto two = [&](const Value& x) { return like(to, x, 2); };
  if (beyond == "wrap") return binary(to, BuiltinOperator::FLOOR_MOD, index, length);
  if (beyond == "mirror") return mirrored(to, index, sub(to, length, one(length)));
  if (beyond == "reflect") {
    const Value last = mul(to, length, two(length));
    const Value twice = mirrored(to, add(to, mul(to, index, two(index)), one(index)), last);
    return binary(to, BuiltinOperator::FLOOR_DIV, sub(to, twice, one(twice)), two(twice));
  }
  return clipped(to, index, length);
}

Neighbour neighbour(Emitter& to, const SampledAxis& axis, const Value& index, std::optional<Value> weight, const std::string& beyond) {
  Neighbour found{.offset = mul(to, within(to, index, axis.length, beyond), axis.step), .weight = std::move(weight), .inside = {}};
  if (beyond == "constant") {
    const Value from = compare(to, BuiltinOperator::GREATER_EQUAL, index, like(to, index, 0));
    found.inside = binary(to, BuiltinOperator::LOGICAL_AND, from, compare(to, BuiltinOperator::LESS, index, axis.length));
  }
  return found;
}

std::vector<Neighbour> neighbours(Lowering& to, const SampledAxis& axis, const Interpolation& interpolation) {
  if (!interpolation.linear) {
    const Value index = cast(to, round_away(to, axis.places), DType::kInt32);
    return {neighbour(to, axis, index, std::nullopt, interpolation.beyond)};
  }
  const Value lower = unary(to, BuiltinOperator::FLOOR, axis.places);
  const Value upper_weight = sub(to, axis.places, lower);
  const Value index = cast(to, lower, DType::kInt32);
  return {neighbour(to, axis, index, sub(to, like(to, lower, 1), upper_weight), interpolation.beyond),
          neighbour(to, axis, add(to, index, like(to, index, 1)), upper_weight, interpolation.beyond)};
}

// Of two that may be absent.
template <typename Combine>
std::optional<Value> both(const std::optional<Value>& a, const std::optional<Value>& b, const Combine& combine) {
  if (!a || !b) return a ? a : b;
  return combine(*a, *b);
}

}  // namespace

Value round_away(Lowering& to, const Value& x) {
  const Value size = unary(to, BuiltinOperator::ABS, x);
  const Value whole = unary(to, BuiltinOperator::FLOOR, size);
  const Value up = compare(to, BuiltinOperator::GREATER_EQUAL, sub(to, size, whole), like(to, x, 0.5));
  const Value rounded_size = add(to, whole, cast(to, up, x.dtype));
  return mul(to, unary(to, BuiltinOperator::SIGN, x), rounded_size);
}

Value as_sampled(Lowering& to, const Value& y, DType dtype) { return cast(to, is_integer(dtype) ? round_away(to, y) : y, dtype); }

Result<Value> sample(Lowering& to, const Value& table, const Value& base, const std::vector<SampledAxis>& axes,
                     const Interpolation& interpolation) {
  // Every choice of one neighbour an axis.
  std::vector<Neighbour> choices = {{.offset = base, .weight = {}, .inside = {}}};
  for (const SampledAxis& axis : axes) {
    std::vector<Neighbour> longer;
    const std::vector<Neighbour> found = neighbours(to, axis, interpolation);
    for (const Neighbour& so_far : choices) {
      for (const Neighbour& next : found) {
        longer.push_back({.offset = so_far.offset.absent() ? next.offset : add(to, so_far.offset, next.offset),
                          .weight = both(so_far.weight, next.weight, [&](const Value& a, const Value& b) { return mul(to, a, b); }),
                          .inside = both(so_far.inside, next.inside,
                                         [&](const Value& a, const Value& b) { return binary(to, BuiltinOperator::LOGICAL_AND, a, b); })});
      }
    }
    choices = std::move(longer);
  }
  const auto over_rows = [&](const Value& x) -> Result<Value> { return table.rank() == 1 ? x : expand_dims(to, x, x.rank()); };
  std::vector<Value> parts;
  for (const Neighbour& choice : choices) {
    Value part = gather(to, table, choice.offset, 0);
    if (choice.inside) {
      KELT_ASSIGN_OR_RETURN(const Value inside, over_rows(*choice.inside));
      part = select(to, inside, part, like(to, part, interpolation.fill));
    }
    if (choice.weight) {
      KELT_ASSIGN_OR_RETURN(const Value weight, over_rows(*choice.weight));
      part = mul(to, part, weight);
    }
    parts.push_back(part);
  }
  Value sum = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) sum = add(to, sum, parts[i]);
  return sum;
}

}  // namespace kelt::lower
