// litert/number_text.h — a number in the fewest digits that read back as it is.

#pragma once

#include <charconv>
#include <string>

namespace kelt::litert {

template <typename T>
std::string number_text(T value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}  // namespace kelt::litert
