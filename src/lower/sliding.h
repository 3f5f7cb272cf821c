// lower/sliding.h — what convolutions and poolings share: how a window slides over an image, and the layout it slides in.
//
// LiteRT's operators take [batch, height, width, channels]. One spatial dim is computed as a height of 1; channels_first is
// transposed in and out, and transposes that meet cancel in optimize.

#pragma once

#include <string_view>
#include <vector>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"

namespace kelt::lower {

struct Sliding {
  std::vector<int64_t> stride, dilation;  // one per spatial dim
  tflite::Padding padding = tflite::Padding::VALID;
  bool channels_first = false;

  // The same with a height of 1 before the one spatial dim.
  [[nodiscard]] Sliding with_height() const;
};

// The number of spatial dims of `x`: never below 1, so that it can be used before the arguments are checked.
[[nodiscard]] size_t spatial_rank(const Value& x);
// `data_format`; None is channels_last.
[[nodiscard]] bool read_channels_first(Arguments& args);
[[nodiscard]] tflite::Padding read_padding(Arguments& args);
// strides, padding, data_format and dilation_rate.
[[nodiscard]] Sliding read_sliding(Arguments& args, size_t spatial);

// [n, c, …] → [n, …, c] and back; nothing unless `channels_first`.
Value channels_last(Emitter& to, const Value& x, bool channels_first);
Value restore_layout(Emitter& to, const Value& y, bool channels_first);
// As `dtype`; an integer wraps around where it leaves the range, which CAST does between integers alone.
Value wrap_around(Emitter& to, const Value& y, DType dtype);
// The length that a window of `size` elements leaves of `length`.
[[nodiscard]] Dim slid_length(const Dim& length, int64_t size, int64_t stride, tflite::Padding padding);

Value zeros(Emitter& to, int64_t count);  // the bias that LiteRT's convolutions must have
Value ones(Emitter& to, std::vector<int64_t> shape);

// AVERAGE_POOL_2D or MAX_POOL_2D of [n, h, w, c]; `size` and `stride` are of height and width.
Value pool_2d(Emitter& to, litert::BuiltinOperator code, const Value& x, std::span<const int64_t> size, std::span<const int64_t> stride,
              tflite::Padding padding);
// x [n, h, w, c] × kernel [kh, kw, c / groups, out], both as Keras has them.
Result<Value> convolve(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding);
// x [n, h, w, c] × kernel [kh, kw, c, multiplier]
Result<Value> convolve_depthwise(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding);
// x [n, d, h, w, c] × kernel [kd, kh, kw, c, out]
Result<Value> convolve_3d(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding);

}  // namespace kelt::lower
