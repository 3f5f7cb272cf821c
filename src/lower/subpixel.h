// lower/subpixel.h — a transposed convolution as a convolution whose outputs are then laid out in space.

#pragma once

#include <optional>
#include <vector>

#include "lower/core/ops.h"

namespace kelt::lower {

// What Keras takes off the ends of a transposed convolution along one axis. The output has
// (input - 1)·stride + reach - front - back elements; a negative back is zeros added.
struct Cut {
  int64_t reach = 1, stride = 1, front = 0, back = 0;

  [[nodiscard]] int64_t kept() const { return reach - front - back; }
  [[nodiscard]] Dim length(const Dim& input) const { return (input - Dim(1)) * Dim(stride) + Dim(kept()); }
};

// x [n, h, w, in] by a constant kernel [kh, kw, out, in], where both strides are equal or the image is a row. Needs no computed
// shape, which compiled models can't return and XNNPACK leaves outside. Empty: this form does not fit.
Result<std::optional<Value>> convolve_subpixel(Lowering& to, const Value& x, const Value& kernel, const std::vector<Cut>& cuts);

// [n, h, w, c] without elements at the end of two axes, which are a number even where the length is not.
Value cut_end(Emitter& to, const Value& y, int64_t rows, int64_t columns);

}  // namespace kelt::lower
