// lower/hash.cc — hash_bucket: the bins of keras.layers.Hashing for integers; hash_cross: those of HashedCrossing.
//
// Keras writes an integer in decimal and takes FarmHash64 of the text, or joins integers by their products. Both count in 64
// bits without a sign: MUL and ADD in int64 wrap around as those do; shifts, remainders and what is exclusive look at the two
// halves of a number, by BITCAST. No tensor here has more than three axes, whatever those of the input are.

#include "lower/hash.h"
#include "lower/arguments.h"
#include "lower/logic.h"
#include "lower/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr uint64_t kFarm0 = 0xc3a5c85c97cb3127, kFarm1 = 0xb492b66fbe98f273, kFarm2 = 0x9ae16a3b2f90404f;
constexpr uint64_t kCross = 0xc6a4a7935bd1e995, kCrossKey = 0xDECAFCAFFE;
constexpr int64_t kBillion = 1'000'000'000;  // what a chunk of nine digits counts to
constexpr int kChunk = 9;
constexpr int64_t kMostBins = int64_t{1} << 31;

// Numbers of 64 bits without a sign, one an element of a vector.
class Words {
 public:
  explicit Words(Lowering& to) : to_(&to) {}

  Value number(uint64_t value) const { return to_->constant(scalar(DType::kInt64, static_cast<int64_t>(value))); }
  Value plus(const Value& a, const Value& b) const { return add(*to_, a, b); }
  Value plus(const Value& a, uint64_t b) const { return add(*to_, a, number(b)); }
  Value times(const Value& a, const Value& b) const { return mul(*to_, a, b); }
  Value times(const Value& a, uint64_t b) const { return mul(*to_, a, number(b)); }

  Value exclusive(const Value& a, const Value& b) const {
    return words(binary(*to_, BuiltinOperator::BITWISE_XOR, halves(a, DType::kInt32), halves(b, DType::kInt32)));
  }
  Value shifted_right(const Value& x, int bits) const {
    const bool low = bits < 32;
    const std::vector<int64_t> shifts = {low ? bits : 0, low ? 0 : bits - 32};
    const Value by = to_->constant(kelt::cast(array_from<int64_t>({2}, shifts), DType::kUInt32));
    const Value moved = binary(*to_, BuiltinOperator::RIGHT_SHIFT, halves(x, DType::kUInt32), by);
    return joined(moved, low ? 1 : 0, low ? int64_t{1} << (32 - bits) : 1);
  }
  Value rotated(const Value& x, int bits) const { return plus(shifted_right(x, bits), times(x, uint64_t{1} << (64 - bits))); }
  Value mixed(const Value& x) const { return exclusive(x, shifted_right(x, 47)); }
  Value remainder(const Value& x, int64_t divisor) const {
    const Value parts = halves(x, DType::kUInt32);
    const Value by = number(static_cast<uint64_t>(divisor));
    const Value high = times(binary(*to_, BuiltinOperator::FLOOR_MOD, joined(parts, 0, 1), by), uint64_t{1} << 32);
    return binary(*to_, BuiltinOperator::FLOOR_MOD, plus(high, joined(parts, 1, 0)), by);
  }

 private:
  Value halves(const Value& x, DType dtype) const {
    Dims dims = x.dims;
    dims.emplace_back(2);
    if (to_->constant_of(x)) {  // BITCAST of a constant is none
      const auto bits = static_cast<uint64_t>((*read_as<int64_t>(*to_->constant_of(x)))[0]);
      const std::vector<int64_t> both = {static_cast<int32_t>(bits), static_cast<int32_t>(bits >> 32)};
      return to_->constant(kelt::cast(array_from<int64_t>({2}, both), dtype));
    }
    return to_->emit(BuiltinOperator::BITCAST, {x}, {dtype, std::move(dims)});
  }
  Value words(const Value& parts) const {
    return to_->emit(BuiltinOperator::BITCAST, {parts}, {DType::kInt64, Dims(parts.dims.begin(), parts.dims.end() - 1)});
  }
  // low × the one half + high × the other.
  Value joined(const Value& parts, int64_t low, int64_t high) const {
    const std::vector<int64_t> factors = {low, high};
    const Value by = to_->constant(array_from<int64_t>({2}, factors));
    return reduce(*to_, BuiltinOperator::SUM, mul(*to_, cast(*to_, parts, DType::kInt64), by), std::vector<int>{parts.rank() - 1}, false);
  }

  Lowering* to_;
};

// Decimal numbers as text, each at the end of its row.
struct Text {
  Value characters;  // int64 [n, width]
  Value length;      // int32 [n]
  Value places;      // int32 [n, width]: of each character in its text, negative before that begins
  int width = 0;
};

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

Result<Text> text_of(Lowering& to, const Value& x, int chunks) {
  const Value zero = like(to, x, 0);
  const Value negative = compare(to, BuiltinOperator::LESS, x, zero);
  KELT_ASSIGN_OR_RETURN(const Value digits, digits_of(to, select(to, negative, sub(to, zero, x), x), chunks));
  const int width = chunks * kChunk + 1;
  // How many digits there are from the first that is not 0 on.
  const Value seen = cumulative_sum(to, digits, 1);
  const Value shown = cast(to, compare(to, BuiltinOperator::GREATER, seen, like(to, seen, 0)), DType::kInt32);
  const Value count = reduce(to, BuiltinOperator::SUM, shown, std::vector<int>{1}, false);
  const Value length = add(to, binary(to, BuiltinOperator::MAXIMUM, count, like(to, count, 1)), cast(to, negative, DType::kInt32));
  std::vector<int32_t> columns;
  for (int column = 0; column < width; ++column) columns.push_back(column - width);
  KELT_ASSIGN_OR_RETURN(const Value lengths, expand_dims(to, length, 1));
  const Value places = add(to, to.ints(columns), lengths);
  KELT_ASSIGN_OR_RETURN(const Value sign, expand_dims(to, negative, 1));
  const std::vector<Padding> before = {{}, {1, 0}};
  const Value characters = add(to, pad(to, digits, before), to.constant(DType::kInt32, '0'));
  const Value first = logical_and(to, compare(to, BuiltinOperator::EQUAL, places, like(to, places, 0)), sign);
  const Value written = select(to, first, to.constant(DType::kInt32, '-'), characters);
  return Text{cast(to, written, DType::kInt64), length, places, width};
}

Value weighted(Lowering& to, const Text& text, const Value& weights) {
  return reduce(to, BuiltinOperator::SUM, mul(to, text.characters, weights), std::vector<int>{1}, false);
}

// The bytes from `begin` on (of each text its own, if `begin` is a column) as a number, the first the lowest.
Value bytes_at(Lowering& to, const Text& text, const Value& begin, int count) {
  std::vector<int64_t> table(static_cast<size_t>(text.width) * 3, 0);
  for (int byte = 0; byte < count; ++byte) table[static_cast<size_t>(2 * text.width + byte)] = int64_t{1} << (8 * byte);
  const Value index = add(to, sub(to, text.places, begin), like(to, text.places, 2 * text.width));
  return weighted(to, text, gather(to, to.constant(array_from<int64_t>({static_cast<int64_t>(table.size())}, table)), index, 0));
}

Value bytes_at(Lowering& to, const Text& text, int begin, int count) {
  return bytes_at(to, text, to.constant(DType::kInt32, begin), count);
}

// `count` bytes that begin so far before the end.
Value bytes_before_end(Lowering& to, const Text& text, int from, int count) {
  std::vector<int64_t> weights(static_cast<size_t>(text.width), 0);
  for (int byte = 0; byte < count; ++byte) weights[static_cast<size_t>(text.width - from + byte)] = int64_t{1} << (8 * byte);
  return weighted(to, text, to.constant(array_from<int64_t>({text.width}, weights)));
}

// HashLen16 of FarmHash.
Value pair_hash(Lowering& to, const Value& u, const Value& v, const Value& factor) {
  const Words word(to);
  const Value a = word.mixed(word.times(word.exclusive(u, v), factor));
  return word.times(word.mixed(word.times(word.exclusive(v, a), factor)), factor);
}

Result<Value> hash_of_three(Lowering& to, const Text& text, const Value& length) {
  const Words word(to);
  const Value half = binary(to, BuiltinOperator::FLOOR_DIV, text.length, like(to, text.length, 2));
  KELT_ASSIGN_OR_RETURN(const Value middle, expand_dims(to, half, 1));
  const Value y = word.plus(bytes_at(to, text, 0, 1), word.times(bytes_at(to, text, middle, 1), 256));
  const Value z = word.plus(length, word.times(bytes_before_end(to, text, 1, 1), 4));
  return word.times(word.mixed(word.exclusive(word.times(y, kFarm2), word.times(z, kFarm0))), kFarm2);
}

Value hash_of_seven(Lowering& to, const Text& text, const Value& length, const Value& factor) {
  const Words word(to);
  const Value u = word.plus(length, word.times(bytes_at(to, text, 0, 4), 8));
  return pair_hash(to, u, bytes_before_end(to, text, 4, 4), factor);
}

Value hash_of_sixteen(Lowering& to, const Text& text, const Value& factor) {
  const Words word(to);
  const Value a = word.plus(bytes_at(to, text, 0, 8), kFarm2);
  const Value b = bytes_before_end(to, text, 8, 8);
  const Value c = word.plus(word.times(word.rotated(b, 37), factor), a);
  return pair_hash(to, c, word.times(word.plus(word.rotated(a, 25), b), factor), factor);
}

Value hash_of_more(Lowering& to, const Text& text, const Value& factor) {
  const Words word(to);
  const Value a = word.times(bytes_at(to, text, 0, 8), kFarm1);
  const Value b = bytes_at(to, text, 8, 8);
  const Value c = word.times(bytes_before_end(to, text, 8, 8), factor);
  const Value d = word.times(bytes_before_end(to, text, 16, 8), kFarm2);
  const Value u = word.plus(word.plus(word.rotated(word.plus(a, b), 43), word.rotated(c, 30)), d);
  return pair_hash(to, u, word.plus(word.plus(a, word.rotated(word.plus(b, kFarm2), 18)), c), factor);
}

// FarmHash64 of the texts of integers: another formula for each range of lengths.
Result<Value> farm_hash(Lowering& to, const Value& x, bool wide) {
  KELT_ASSIGN_OR_RETURN(const Text text, text_of(to, x, wide ? 3 : 2));
  const Words word(to);
  const Value length = cast(to, text.length, DType::kInt64);
  const Value factor = word.plus(word.times(length, 2), kFarm2);
  const auto longer = [&](int than) { return compare(to, BuiltinOperator::GREATER, text.length, like(to, text.length, than)); };
  KELT_ASSIGN_OR_RETURN(Value hash, hash_of_three(to, text, length));
  hash = select(to, longer(3), hash_of_seven(to, text, length, factor), hash);
  hash = select(to, longer(7), hash_of_sixteen(to, text, factor), hash);
  return wide ? select(to, longer(16), hash_of_more(to, text, factor), hash) : hash;
}

Result<Value> bins_of(Lowering& to, const Value& hash, int64_t bins, const Dims& dims) {
  return reshape(to, cast(to, Words(to).remainder(hash, bins), DType::kInt32), dims);
}

Result<Value> as_words(Lowering& to, const Value& x) {
  if (is_float(x.dtype) || x.dtype == DType::kBool) return refuse("hashes what is no integer", "Cast to int32 before it");
  return flatten(to, cast(to, x, DType::kInt64));
}

Error too_many() { return refuse("has more than 2147483648 bins", "Use fewer bins"); }

}  // namespace

Result<void> lower_hash_bucket(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t bins = args.integer("num_bins");
  KELT_RETURN_IF_ERROR(args.finish());
  if (bins < 1 || bins > kMostBins) return too_many();
  KELT_ASSIGN_OR_RETURN(const Value numbers, as_words(to, x));
  KELT_ASSIGN_OR_RETURN(const Value hash, farm_hash(to, numbers, byte_size(x.dtype, 1) > 4));
  KELT_ASSIGN_OR_RETURN(const Value y, bins_of(to, hash, bins, x.dims));
  return to.bind(node, y);
}

Result<void> lower_hash_cross(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const std::vector<Value> xs = args.tensors("xs");
  const int64_t bins = args.integer("num_bins");
  KELT_RETURN_IF_ERROR(args.finish());
  if (bins < 1 || bins > kMostBins) return too_many();
  const Words word(to);
  Value hash = word.number(kCrossKey ^ kCross);
  for (const Value& x : xs) {
    KELT_ASSIGN_OR_RETURN(const Value numbers, as_words(to, x));
    hash = word.exclusive(hash, word.times(word.mixed(word.times(numbers, kCross)), kCross));
    hash = word.mixed(word.times(word.mixed(word.times(hash, kCross)), kCross));
    if (&x != &xs.back()) hash = word.exclusive(hash, word.number(kCross));
  }
  KELT_ASSIGN_OR_RETURN(const Value y, bins_of(to, hash, bins, xs[0].dims));
  return to.bind(node, y);
}

}  // namespace kelt::lower
