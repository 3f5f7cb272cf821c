// lower/contraction.h — any product of two operands that is summed over common axes: what matmul, dot, tensordot and einsum are.
//
// Each axis has a letter. One that both operands and the result have is a batch axis, one that both have and the result lacks
// is contracted, the others are free.

#pragma once

#include <string>
#include <string_view>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Letters {
  std::string a, b, out;
};

// Σ a × b over the letters that `out` lacks. Rejects a letter that one operand has twice.
Result<Value> contract(Lowering& to, const Value& a, const Value& b, const Letters& letters);

// numpy's matmul: operands of one axis are vectors, batch axes broadcast.
Result<Value> matmul(Lowering& to, const Value& a, const Value& b);

// `count` letters that stand for nothing else: a to z, then others.
[[nodiscard]] std::string letters_from(int first, int count);
// The permutation that turns axes lettered `from` into the order of `to`.
[[nodiscard]] std::vector<int> permutation(std::string_view from, std::string_view to);

}  // namespace kelt::lower
