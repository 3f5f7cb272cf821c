// lower/hash/text.cc — the decimal digits of integers, and bytes of their text as numbers.

#include "lower/hash/text.h"

#include "lower/logic.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr int64_t kBillion = 1'000'000'000;  // what a chunk of nine digits counts to
constexpr int kChunk = 9;

Result<Value> digits_of(Lowering& to, const Value& magnitude, int chunks) {
  const Words word(to);
  const Value billion = word.number(kBillion);
  std::vector<Value> parts(static_cast<size_t>(chunks));
  Value rest = magnitude;
  for (int chunk = chunks; chunk-- > 0;) {
    const Value part = word.remainder(rest, kBillion);
    KELT_ASSIGN_OR_RETURN(parts[static_cast<size_t>(chunk)], expand_dims(to, cast(to, part, DType::kInt32), 1));
    // A division without rest: by 5⁹ as a product with what inverts it, by 2⁹ as a shift.
    constexpr uint64_t kInverse = 10252389860571520109ULL;
    if (chunk > 0) rest = word.shifted_right(word.times(sub(to, rest, part), kInverse), kChunk);
  }
  KELT_ASSIGN_OR_RETURN(const Value column, expand_dims(to, concatenate(to, parts, 1), 2));
  std::vector<int32_t> powers(kChunk, 1);
  for (int index = kChunk - 1; index-- > 0;) powers[static_cast<size_t>(index)] = powers[static_cast<size_t>(index) + 1] * 10;
  const Value ten = to.constant(DType::kInt32, 10);
  const Value digits = binary(to, BuiltinOperator::FLOOR_MOD, binary(to, BuiltinOperator::FLOOR_DIV, column, to.ints(powers)), ten);
  return reshape(to, digits, {magnitude.dims[0], Dim(int64_t{chunks} * kChunk)});
}

Value weighted(Lowering& to, const Text& text, const Value& weights) {
  return reduce(to, BuiltinOperator::SUM, mul(to, text.characters, weights), std::vector<int>{1}, false);
}

}  // namespace

Result<Text> text_of(Lowering& to, const Value& x, bool wide) {
  const int chunks = wide ? 3 : 2;
  const Value zero = like(to, x, 0);
  const Value negative = compare(to, BuiltinOperator::LESS, x, zero);
  KELT_ASSIGN_OR_RETURN(const Value digits, digits_of(to, select(to, negative, sub(to, zero, x), x), chunks));
  const int width = chunks * kChunk + 1;
  // How many digits there are from the first that is not 0 on.
  const Value seen = cumulative_sum(to, digits, 1);
  const Value printed = cast(to, compare(to, BuiltinOperator::GREATER, seen, like(to, seen, 0)), DType::kInt32);
  const Value count = reduce(to, BuiltinOperator::SUM, printed, std::vector<int>{1}, false);
  const Value minus = cast(to, negative, DType::kInt32);
  const Value length = add(to, binary(to, BuiltinOperator::MAXIMUM, count, like(to, count, 1)), minus);
  std::vector<int32_t> columns;
  for (int column = 0; column < width; ++column) columns.push_back(column - width);
  KELT_ASSIGN_OR_RETURN(const Value lengths, expand_dims(to, length, 1));
  const Value places = add(to, to.ints(columns), lengths);
  KELT_ASSIGN_OR_RETURN(const Value sign, expand_dims(to, negative, 1));
  const std::vector<Padding> before = {{}, {1, 0}};
  const Value characters = add(to, pad(to, digits, before), to.constant(DType::kInt32, '0'));
  const Value first = logical_and(to, compare(to, BuiltinOperator::EQUAL, places, like(to, places, 0)), sign);
  const Value written = select(to, first, to.constant(DType::kInt32, '-'), characters);
  return Text{cast(to, written, DType::kInt64), length, places, width, wide ? 20 : 11};
}

Value bytes_at(Lowering& to, const Text& text, const Value& begin, int count) {
  const auto width = static_cast<size_t>(text.width);
  std::vector<int64_t> table(3 * width, 0);
  for (int byte = 0; byte < count; ++byte) table[2 * width + static_cast<size_t>(byte)] = int64_t{1} << (8 * byte);
  const Value index = add(to, sub(to, text.places, begin), like(to, text.places, 2 * text.width));
  return weighted(to, text, gather(to, to.constant(array_from<int64_t>({static_cast<int64_t>(table.size())}, table)), index, 0));
}

Value bytes_at(Lowering& to, const Text& text, int begin, int count) {
  return bytes_at(to, text, to.constant(DType::kInt32, begin), count);
}

Value bytes_before_end(Lowering& to, const Text& text, int from, int count) {
  std::vector<int64_t> weights(static_cast<size_t>(text.width), 0);
  const size_t begin = weights.size() - static_cast<size_t>(from);
  for (int byte = 0; byte < count; ++byte) weights[begin + static_cast<size_t>(byte)] = int64_t{1} << (8 * byte);
  return weighted(to, text, to.constant(array_from<int64_t>({text.width}, weights)));
}

Value length_of(Lowering& to, const Text& text) { return cast(to, text.length, DType::kInt64); }

Value is_longer(Lowering& to, const Text& text, int than) {
  return compare(to, BuiltinOperator::GREATER, text.length, like(to, text.length, than));
}

}  // namespace kelt::lower
