// base/int32.h — int64 numbers as int32, of which LiteRT's shapes, options and indices are made.

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace kelt {

// The nearest int32. For bounds, sizes and steps: one beyond every length means the same as the largest, and a tensor with such
// a length is rejected when it is written.
[[nodiscard]] constexpr int32_t clamp_int32(int64_t number) {
  return static_cast<int32_t>(std::clamp<int64_t>(number, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()));
}

// The number itself, or nothing. For indices: another number would be another element.
[[nodiscard]] constexpr std::optional<int32_t> exact_int32(int64_t number) {
  const int32_t nearest = clamp_int32(number);
  return nearest == number ? std::optional(nearest) : std::nullopt;
}

}  // namespace kelt
