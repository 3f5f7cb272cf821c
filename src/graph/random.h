// graph/random.h — an array of values that follow from a seed, for text fixtures: `weight @0 "k": f32[3,3] = random(7)`.
//
// Element i depends on the seed and i alone, so slices can be read in any order and nothing is kept. Floats are evenly
// spread over [-1, 1), integers over [-128, 128) or [0, 128), bools over both. Rejected: int4 and complex64.

#pragma once

#include <cstdint>
#include <optional>

#include "weights/array.h"

namespace kelt::graph {

inline constexpr size_t kMaxRandomBytes = size_t{1} << 30;

[[nodiscard]] Result<Array> random_array(DType dtype, Shape shape, uint64_t seed);
// The seed, if that is how the array was made.
[[nodiscard]] std::optional<uint64_t> random_seed(const Array& array);

}  // namespace kelt::graph
