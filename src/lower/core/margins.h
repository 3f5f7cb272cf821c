// lower/core/margins.h — elements added at both ends of an axis, of numbers that may depend on a size.

#pragma once

#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Margin {
  Dim before, after;

  [[nodiscard]] bool is_empty() const { return before == Dim(0) && after == Dim(0); }
};

// What x has with its margins, one an axis.
[[nodiscard]] Dims padded(const Dims& dims, const std::vector<Margin>& margins);
// The int32 table [rank, 2] of what is added, constant if it can be.
Result<Value> padding_table(Lowering& to, const std::vector<Margin>& margins);
// PAD or PADV2.
Result<Value> pad_by(Lowering& to, const Value& x, const std::vector<Margin>& margins, double fill);

}  // namespace kelt::lower
