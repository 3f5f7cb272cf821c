// search/choice.h — one option of each group, so that the sum of one quantity stays within a limit and that of another is the least.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace kelt::search {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

struct Option {
  double cost = 0;  // the sum is to be small
  double use = 0;   // the sum may not exceed the limit
};

// The index of the option of each group, of the least cost up to rounding: uses count in 16,384ths of what the limit leaves, rounded
// up. Empty where no choice is within the limit. What is infinite is not chosen.
[[nodiscard]] std::optional<std::vector<size_t>> choose(std::span<const std::vector<Option>> groups, double limit);

}  // namespace kelt::search
