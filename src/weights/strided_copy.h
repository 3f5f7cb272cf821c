// weights/strided_copy.h — the elements of a strided view, packed in row-major order: the inner loop of a transpose.

#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"

namespace kelt {

// One axis of a view: `length` elements, `stride` elements apart in what is viewed; 0 repeats one element.
struct Axis {
  size_t length = 1;
  size_t stride = 1;
  friend bool operator==(const Axis& a, const Axis& b) = default;
};

// Drops axes of one element and merges neighbours that one axis can stand for.
[[nodiscard]] std::vector<Axis> collapse(std::span<const Axis> axes);
[[nodiscard]] size_t count_of(std::span<const Axis> axes);
// The axis whose elements lie closest together; one that repeats an element only if all do.
[[nodiscard]] size_t closest(std::span<const Axis> axes);

// What is viewed: bytes in memory, or a reader of runs of them.
struct Viewed {
  const std::byte* memory = nullptr;                                         // if in memory
  std::function<Result<void>(size_t first, std::span<std::byte> out)> read;  // else
};

// Writes the elements [first, first + out.size() / item) of the view, counted in its own row-major order. `item` is 1, 2, 4 or 8.
[[nodiscard]] Result<void> copy_strided(const Viewed& viewed, size_t item, std::span<const Axis> axes, size_t first,
                                        std::span<std::byte> out);

}  // namespace kelt
