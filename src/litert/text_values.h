// litert/text_values.h — the values of constants in the text form.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "litert/model.h"

namespace kelt::litert {

[[nodiscard]] std::string type_name(TensorType type);
[[nodiscard]] std::optional<TensorType> parse_type_name(std::string_view name);

// "[1, 2, 3]", or "1" for a single element; "#1f2e3d4c" where it has too many, "#…" where it can't be read.
[[nodiscard]] std::string values_text(const Array& array, size_t largest_inline, bool hash);
// One number a word; a single one fills the whole array.
[[nodiscard]] Result<Array> values_array(DType dtype, const Shape& shape, const std::vector<std::string>& words);
// Values that look random and depend on nothing but the name.
[[nodiscard]] Result<Array> values_from_name(DType dtype, const Shape& shape, std::string_view name);

}  // namespace kelt::litert
