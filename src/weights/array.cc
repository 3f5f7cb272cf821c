#include "weights/array.h"

#include <cstring>
#include <type_traits>

#include "weights/source.h"

namespace kelt {
namespace {

template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::kFloat32;
  if constexpr (std::is_same_v<T, double>) return DType::kFloat64;
  if constexpr (std::is_same_v<T, int8_t>) return DType::kInt8;
  if constexpr (std::is_same_v<T, int16_t>) return DType::kInt16;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kInt64;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::kUInt8;
  if constexpr (std::is_same_v<T, uint16_t>) return DType::kUInt16;
  if constexpr (std::is_same_v<T, uint32_t>) return DType::kUInt32;
  if constexpr (std::is_same_v<T, uint64_t>) return DType::kUInt64;
  return DType::kBool;
}

template <typename T>
Array scalar_of(DType dtype, T value) {
  Array converted = cast(array_from<T>({}, std::span(&value, 1)), dtype);
  auto bytes = read_all(converted);
  return bytes.ok() ? array_of(dtype, {}, *std::move(bytes)) : converted;
}

}  // namespace

size_t Array::count() const { return checked_count(shape).value_or(0); }

template <typename T>
Array array_from(Shape shape, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return array_of(dtype_of<T>(), std::move(shape), {bytes.begin(), bytes.end()});
}
template Array array_from(Shape, std::span<const float>);
template Array array_from(Shape, std::span<const double>);
template Array array_from(Shape, std::span<const int8_t>);
template Array array_from(Shape, std::span<const int16_t>);
template Array array_from(Shape, std::span<const int32_t>);
template Array array_from(Shape, std::span<const int64_t>);
template Array array_from(Shape, std::span<const uint8_t>);
template Array array_from(Shape, std::span<const uint16_t>);
template Array array_from(Shape, std::span<const uint32_t>);
template Array array_from(Shape, std::span<const uint64_t>);
template Array array_from(Shape, std::span<const bool>);

Array scalar(DType dtype, double value) { return scalar_of(dtype, value); }
Array scalar(DType dtype, int64_t value) { return scalar_of(dtype, value); }

Result<std::vector<std::byte>> read_all(const Array& array) {
  if (array.source == nullptr) return Error{.code = Code::kInternal, .what = "an array without a source was read"};
  std::vector<std::byte> bytes(array.source->size());
  KELT_RETURN_IF_ERROR(array.source->read(0, bytes));
  return bytes;
}

template <typename T>
Result<std::vector<T>> read_as(const Array& array) {
  KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes, read_all(cast(array, dtype_of<T>())));
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}
template Result<std::vector<float>> read_as(const Array&);
template Result<std::vector<double>> read_as(const Array&);
template Result<std::vector<int32_t>> read_as(const Array&);
template Result<std::vector<int64_t>> read_as(const Array&);

}  // namespace kelt
