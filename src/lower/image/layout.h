// lower/image/layout.h — one image or a batch, channels last or first, as the batch [n, h, w, c] in which the ops of images compute.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// The axes of height, width and channels.
struct ImageAxes {
  int height, width, channels;
};
[[nodiscard]] ImageAxes image_axes(const Value& images, bool channels_first);

// Images of the shape that the caller gave, and the batch that they are.
struct ImageLayout {
  bool single = false, channels_first = false;

  // In float32.
  Result<Value> batch(Lowering& to, const Value& images) const;
  // The way back; the dtype stays.
  Result<Value> restore(Lowering& to, const Value& batch) const;
};
[[nodiscard]] ImageLayout image_layout(const Value& images, bool channels_first, int single_rank = 3);

}  // namespace kelt::lower
