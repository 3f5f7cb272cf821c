// lower/hash/farm.cc — FarmHash64 of up to 32 bytes: another formula for each range of lengths.

#include "lower/hash/hash.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr uint64_t kFarm0 = 0xc3a5c85c97cb3127, kFarm1 = 0xb492b66fbe98f273, kFarm2 = 0x9ae16a3b2f90404f;

// HashLen16 of FarmHash.
Value pair_hash(Lowering& to, const Value& u, const Value& v, const Value& factor) {
  const Words word(to);
  const Value a = mixed(to, word.times(word.exclusive(u, v), factor));
  return word.times(mixed(to, word.times(word.exclusive(v, a), factor)), factor);
}

Result<Value> hash_of_three(Lowering& to, const Text& text, const Value& length) {
  const Words word(to);
  const Value half = binary(to, BuiltinOperator::FLOOR_DIV, text.length, like(to, text.length, 2));
  KELT_ASSIGN_OR_RETURN(const Value middle, expand_dims(to, half, 1));
  const Value second = word.times(bytes_at(to, text, middle, 1), 256);
  const Value y = word.plus(bytes_at(to, text, 0, 1), second);
  const Value z = word.plus(length, word.times(bytes_before_end(to, text, 1, 1), 4));
  const Value spread = word.times(z, kFarm0);
  return word.times(mixed(to, word.exclusive(word.times(y, kFarm2), spread)), kFarm2);
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
  const Value c = word.plus(word.times(word.rotated_right(b, 37), factor), a);
  return pair_hash(to, c, word.times(word.plus(word.rotated_right(a, 25), b), factor), factor);
}

Value hash_of_more(Lowering& to, const Text& text, const Value& factor) {
  const Words word(to);
  const Value a = word.times(bytes_at(to, text, 0, 8), kFarm1);
  const Value b = bytes_at(to, text, 8, 8);
  const Value c = word.times(bytes_before_end(to, text, 8, 8), factor);
  const Value d = word.times(bytes_before_end(to, text, 16, 8), kFarm2);
  const Value rotated = word.rotated_right(c, 30);
  const Value u = word.plus(word.plus(word.rotated_right(word.plus(a, b), 43), rotated), d);
  return pair_hash(to, u, word.plus(word.plus(a, word.rotated_right(word.plus(b, kFarm2), 18)), c), factor);
}

}  // namespace

Value mixed(Lowering& to, const Value& x) {
  const Words word(to);
  return word.exclusive(x, word.shifted_right(x, 47));
}

Result<Value> farm_hash(Lowering& to, const Text& text, bool wide) {
  const Words word(to);
  const Value length = length_of(to, text);
  const Value factor = word.plus(word.times(length, 2), kFarm2);
  KELT_ASSIGN_OR_RETURN(Value hash, hash_of_three(to, text, length));
  const Value of_seven = hash_of_seven(to, text, length, factor);
  hash = select(to, is_longer(to, text, 3), of_seven, hash);
  const Value of_sixteen = hash_of_sixteen(to, text, factor);
  hash = select(to, is_longer(to, text, 7), of_sixteen, hash);
  if (!wide) return hash;
  const Value of_more = hash_of_more(to, text, factor);
  return select(to, is_longer(to, text, 16), of_more, hash);
}

}  // namespace kelt::lower
