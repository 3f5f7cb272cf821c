// weights/dtype.h — element types, by Keras' names.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kelt {

enum class DType : uint8_t {
  kFloat32,
  kFloat16,
  kBFloat16,
  kFloat64,
  kInt4,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kBool,
  kComplex64,
};

// "float32", "int32", "bool", …: Keras' own names.
[[nodiscard]] std::string_view name(DType dtype);
// "f32", "i32", "bool", …: the names of the text forms.
[[nodiscard]] std::string_view short_name(DType dtype);
// Reads either name.
[[nodiscard]] std::optional<DType> parse_dtype(std::string_view name);
// Bytes of `count` elements (int4 packs two into a byte).
[[nodiscard]] size_t byte_size(DType dtype, size_t count);
[[nodiscard]] bool is_float(DType dtype);
[[nodiscard]] bool is_integer(DType dtype);  // signed or not, without bool

}  // namespace kelt
