// rewrite/condition.h — what conditions of rules ask.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rewrite/match.h"

namespace kelt::rewrite {

// All that is named is float32: the dtype in which a rule may change how something is rounded.
[[nodiscard]] bool all_float32(const Match& match, std::initializer_list<std::string_view> names);
// The two have the same type, so that nothing was broadcast between them.
[[nodiscard]] bool same_type(const Match& match, std::string_view a, std::string_view b);
// The axes that the variable names, sorted, from the front; nothing if they are not whole numbers in range.
[[nodiscard]] std::optional<std::vector<int>> axes_of(const Match& match, std::string_view variable, int rank);
// The weight holds a number for each place of the last axis of `x`, the only one that `axis` names, and all are float32.
[[nodiscard]] bool fits_last_axis(const Match& match, std::string_view weight);
// A finite number above zero, that a float32 holds with all its bits.
[[nodiscard]] bool is_positive(std::optional<double> number);

// What is known of the numbers of a value, beside that any may be NaN.
enum class Sign {
  kAny,
  kNotNegative,  // and not -0.0
  kPositive,
};
[[nodiscard]] Sign sign_of(const Index& index, graph::ValueId id);
// Whether no number of the value is infinite or NaN, taken that the model's products and inputs of these are not: false where it is
// not known.
[[nodiscard]] bool is_finite(const Index& index, graph::ValueId id);

}  // namespace kelt::rewrite
