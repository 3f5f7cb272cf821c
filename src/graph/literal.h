// graph/literal.h — numbers, strings and small weights as text, exactly.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weights/array.h"

namespace kelt::graph {

// The shortest text that reads back as the same number; always with a point, an exponent or a word: "1.0", "1e-05", "-inf".
[[nodiscard]] std::string number_text(double value);
[[nodiscard]] std::string number_text(float value);
// In double quotes, with \" \\ \n \t \r and \xHH for the other control characters.
[[nodiscard]] std::string quote(std::string_view text);
[[nodiscard]] bool is_identifier(std::string_view text);  // [A-Za-z_][A-Za-z0-9_.]*
[[nodiscard]] bool is_utf8(std::string_view text);

// The bytes of a small weight: "[0.5, 1.0]", or hex("…") where numbers would not give the same bytes.
[[nodiscard]] std::string bytes_text(DType dtype, std::span<const std::byte> bytes);
// One number of such a list, appended to `out`; false if it does not fit the dtype.
[[nodiscard]] bool append_number(DType dtype, std::string_view text, std::vector<std::byte>& out);

}  // namespace kelt::graph
