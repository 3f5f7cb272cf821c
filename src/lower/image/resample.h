// lower/image/resample.h — images sampled anew along each axis, by a matrix of weights: what LiteRT has no operator for.
//
// The weights are those of jax.image: a kernel around each place, without what lies outside of the image, made to sum to 1.
// tf.image leaves them so too; torch repeats the edge for "bicubic" without antialias, so its numbers differ there.

#pragma once

#include <string>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Resampling {
  std::string kernel;  // "bilinear", "bicubic", "lanczos3", "lanczos5"
  bool antialias = false;
};

// Output i samples the place (i + 0.5 - translation) / scale - 0.5 of the input; places outside are 0.
struct Placement {
  double scale = 1, translation = 0;
};

// [out, in], constant.
Value resampling_matrix(Lowering& to, int64_t in, int64_t out, const Placement& placement, const Resampling& resampling);
// The same computed at run time, from the lengths or from scalars of float32.
Result<Value> computed_resampling_matrix(Lowering& to, const Dim& in, const Dim& out, const Resampling& resampling);
struct ComputedPlacement {
  Value scale, translation;  // float32 scalars; absent: out / in, and 0
};
Result<Value> computed_resampling_matrix(Lowering& to, const Dim& in, const Dim& out, const ComputedPlacement& placement,
                                         const Resampling& resampling);

// x [n, h, w, c] → [n, height, width, c].
Result<Value> resample_image(Lowering& to, const Value& x, const Dim& height, const Dim& width, const Resampling& resampling);

}  // namespace kelt::lower
