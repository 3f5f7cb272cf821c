// lower/hash/sip.cc — SipHash-2-4.
//
// Its four words v0 … v3 stand in two tensors, v0 beside v2 and v1 beside v3, so that one operator serves two lines of the paper's
// figure: a round is twice the same half round, in which the first pair takes turns.

#include <array>

#include "lower/hash/hash.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr std::array<uint64_t, 4> kStart = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573};
constexpr int kBlock = 8;  // bytes

class Sip {
 public:
  Sip(Lowering& to, std::span<const int64_t> key)
      : to_(&to),
        word_(to),
        even_(word_.numbers({word_of(key, 0), word_of(key, 2)})),
        odd_(word_.numbers({word_of(key, 1), word_of(key, 3)})) {}

  // Where `used`, a column, is false, the state stays as it is.
  Result<void> take(const Value& block, const Value* used) {
    const Value even = even_;
    const Value odd = odd_;
    odd_ = word_.exclusive(odd_, word_.times(block, word_.numbers({0, 1})));
    KELT_RETURN_IF_ERROR(rounds(2));
    even_ = word_.exclusive(even_, word_.times(block, word_.numbers({1, 0})));
    if (used == nullptr) return {};
    even_ = select(*to_, *used, even_, even);
    odd_ = select(*to_, *used, odd_, odd);
    return {};
  }

  Result<Value> finish() {
    even_ = word_.exclusive(even_, word_.numbers({0, 0xff}));
    KELT_RETURN_IF_ERROR(rounds(4));
    const Value both = word_.exclusive(even_, odd_);
    const Value second = word_.joined(both, 0, 1);
    return word_.exclusive(word_.joined(both, 1, 0), second);
  }

 private:
  static uint64_t word_of(std::span<const int64_t> key, size_t index) { return kStart.at(index) ^ static_cast<uint64_t>(key[index % 2]); }

  Result<void> rounds(int count) {
    for (int i = 0; i < count; ++i) {
      KELT_RETURN_IF_ERROR(half_round(13, 16));
      KELT_RETURN_IF_ERROR(half_round(17, 21));
    }
    return {};
  }

  // even += odd; odd rotates by the two numbers of bits, and takes in even; of even, the first word's halves change places, and
  // then the words do.
  Result<void> half_round(int first, int second) {
    even_ = word_.plus(even_, odd_);
    const Value halves = word_.halves(even_, DType::kInt32);
    const Value turned = word_.halves(rotated_left(odd_, first, second), DType::kInt32);
    odd_ = word_.of_halves(binary(*to_, BuiltinOperator::BITWISE_XOR, turned, halves));
    const Dim rows = halves.dims[0];
    KELT_ASSIGN_OR_RETURN(const Value flat, reshape(*to_, halves, {rows, 4}));
    const std::vector<int32_t> places = {2, 3, 1, 0};
    KELT_ASSIGN_OR_RETURN(const Value moved, reshape(*to_, gather(*to_, flat, to_->ints(places), 1), {rows, 2, 2}));
    even_ = word_.of_halves(moved);
    return {};
  }

  // By fewer than 32 bits: what leaves a word at its upper end comes from its high half.
  Value rotated_left(const Value& x, int first, int second) const {
    const std::vector<int64_t> right = {0, 32 - first, 0, 32 - second};
    const Value by = to_->constant(kelt::cast(array_from<int64_t>({2, 2}, right), DType::kUInt32));
    const Value moved = binary(*to_, BuiltinOperator::RIGHT_SHIFT, word_.halves(x, DType::kUInt32), by);
    const Value lower = word_.joined(moved, 0, 1);
    return word_.plus(word_.times(x, word_.numbers({uint64_t{1} << first, uint64_t{1} << second})), lower);
  }

  Lowering* to_;
  Words word_;
  Value even_, odd_;  // v0 and v2, v1 and v3; after half a round v2 and v0
};

}  // namespace

// Blocks of eight bytes; the last, of up to seven, has the length in its highest.
Result<Value> sip_hash(Lowering& to, const Text& text, std::span<const int64_t> key) {
  const Words word(to);
  Sip sip(to, key);
  const Value length = word.times(length_of(to, text), uint64_t{1} << 56);
  for (int begin = 0; begin <= text.longest; begin += kBlock) {
    const Value bytes = bytes_at(to, text, begin, kBlock);
    const Value last = word.plus(bytes, length);
    const Value block = select(to, is_longer(to, text, begin + kBlock - 1), bytes, last);
    KELT_ASSIGN_OR_RETURN(const Value column, expand_dims(to, block, 1));
    KELT_ASSIGN_OR_RETURN(const Value used, expand_dims(to, is_longer(to, text, begin - 1), 1));
    KELT_RETURN_IF_ERROR(sip.take(column, begin == 0 ? nullptr : &used));
  }
  return sip.finish();
}

}  // namespace kelt::lower
