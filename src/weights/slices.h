// weights/slices.h — an array read once, in slices that suit its source: for sums over weights that need not be in memory.

#pragma once

#include <functional>

#include "weights/array.h"

namespace kelt {

// Calls visit(first byte, bytes) for one slice after the other, of about a megabyte each; a slice holds whole elements.
[[nodiscard]] Result<void> read_slices(const Array& array, const std::function<void(size_t, std::span<const std::byte>)>& visit);

// The same for a float32 array: visit(first element, values).
[[nodiscard]] Result<void> read_floats(const Array& array, const std::function<void(size_t, std::span<const float>)>& visit);

}  // namespace kelt
