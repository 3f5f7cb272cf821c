// lower/hash/words.h — numbers of 64 bits without a sign, of which LiteRT has none.
//
// MUL and ADD in int64 wrap around as those do; shifts, remainders and what is exclusive look at the two halves of a number, by
// BITCAST. No tensor here has more than three axes.

#pragma once

#include <vector>

#include "lower/core/ops.h"

namespace kelt::lower {

// One an element, in int64.
class Words {
 public:
  explicit Words(Lowering& to) : to_(&to) {}

  Value number(uint64_t value) const { return to_->constant(scalar(DType::kInt64, static_cast<int64_t>(value))); }
  Value numbers(const std::vector<uint64_t>& values) const;

  Value plus(const Value& a, const Value& b) const { return add(*to_, a, b); }
  Value plus(const Value& a, uint64_t b) const { return add(*to_, a, number(b)); }
  Value times(const Value& a, const Value& b) const { return mul(*to_, a, b); }
  Value times(const Value& a, uint64_t b) const { return mul(*to_, a, number(b)); }
  Value exclusive(const Value& a, const Value& b) const;
  Value shifted_right(const Value& x, int bits) const;
  Value rotated_right(const Value& x, int bits) const;
  Value remainder(const Value& x, int64_t divisor) const;

  // A trailing axis of two: the low half, the high one.
  Value halves(const Value& x, DType dtype) const;
  Value of_halves(const Value& parts) const;
  // The last axis summed up: low × the one half + high × the other.
  Value joined(const Value& parts, int64_t low, int64_t high) const;

 private:
  Lowering* to_;
};

}  // namespace kelt::lower
