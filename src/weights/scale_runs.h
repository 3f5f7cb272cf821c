// weights/scale_runs.h — which elements share a scale, whatever the rank. Private to the room.

#pragma once

#include <functional>
#include <span>
#include <vector>

#include "weights/array.h"

namespace kelt {

// Elements in row-major order as nested runs, in which they share a scale (or have one each, in the scales' order). Neighbours of
// a kind are one run: a convolution's channels are {out, scaled}, {height × width × in}; blocks {rows × blocks, scaled}, {block}.
class ScaleRuns {
 public:
  struct Run {
    size_t length;
    bool scaled;
  };

  ScaleRuns(const Shape& values, const Shape& scales);  // that fit: check_quantized

  // The innermost run.
  [[nodiscard]] const Run& last() const { return runs_.back(); }
  // The scale of the first element of the innermost run number `row`.
  [[nodiscard]] size_t scale_of(size_t row) const;
  [[nodiscard]] size_t elements_of_a_scale() const;
  // The array with the elements of a scale next to each other.
  [[nodiscard]] Array grouped(const Array& array) const;

 private:
  std::vector<Run> runs_;  // at least one
};

// Reads an array of floats group by group, of `each`: visit(first element, floats), in parts where a group is larger than the
// largest that is held.
inline constexpr size_t kLargestGroup = size_t{1} << 18;
[[nodiscard]] Result<void> read_groups(const Array& array, size_t each,
                                       const std::function<Result<void>(size_t, std::span<const float>)>& visit);

}  // namespace kelt
