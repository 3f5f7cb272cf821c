// base/parse_number.h — a number that is a whole text.

#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace kelt {

// Nothing if the text is no number of the type, or more than one.
template <typename T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace kelt
