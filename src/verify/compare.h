// verify/compare.h — one tensor against its reference.

#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "weights/array.h"

namespace kelt::verify {

// Borrowed elements.
struct View {
  DType dtype = DType::kFloat32;
  Shape shape;
  std::span<const std::byte> bytes;
};

struct Comparison {
  double error = 0;   // max|found − reference| / max|reference| over what is finite; of exact dtypes 1 if anything differs
  double limit = 0;   // verify/limits.h
  std::string why;    // it differs: "3 of 40 elements differ"; empty if it does not
  bool zero = false;  // the reference is all zeros (and so is what was found), which proves nothing
  // Over what is finite on both sides; zero of exact dtypes.
  double difference = 0;  // max|found − reference|
  double magnitude = 0;   // max|reference|

  [[nodiscard]] bool ok() const { return why.empty(); }
};

// Equal shape and dtype; NaN and infinities at the same places; integers and booleans exactly equal. `limit`: of floats, if it is
// above that of their dtype.
[[nodiscard]] Comparison compare(const View& found, const View& reference, double limit = 0);

}  // namespace kelt::verify
