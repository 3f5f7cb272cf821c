// lower/image/sample.h — elements of a table at computed places, interpolated: what map_coordinates and the transforms of images are.
//
// As jax.scipy.ndimage.map_coordinates: halves are rounded away from zero, "wrap" has the period of the axis, "constant" takes
// each neighbour that lies outside for the fill. scipy itself (the numpy backend) interpolates differently near the edges.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Interpolation {
  bool linear = true;
  std::string beyond = "constant";  // "nearest", "wrap", "mirror", "reflect"
  double fill = 0;
};

struct SampledAxis {
  Value places;        // float32
  Value length, step;  // int32 scalars: how many there are, and how far apart they stand in the table
};

// table [elements], or [rows, c] of which whole rows are taken; `base` is where counting begins, absent: 0. Float32.
Result<Value> sample(Lowering& to, const Value& table, const Value& base, const std::vector<SampledAxis>& axes,
                     const Interpolation& interpolation);
// Half away from zero.
Value round_away(Lowering& to, const Value& x);
// What Keras gives back: rounded, if the samples are of integers.
Value as_sampled(Lowering& to, const Value& y, DType dtype);

}  // namespace kelt::lower
