#include "litert/text_values.h"

#include <algorithm>
#include <cstring>

#include "base/parse_number.h"
#include "litert/number_text.h"

namespace kelt::litert {
namespace {

constexpr uint64_t kFnvStart = 0xcbf29ce484222325;

uint64_t fnv(uint64_t hash, std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) hash = (hash ^ static_cast<uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

// SplitMix64: one multiplication chain a number, no state beyond a counter.
uint64_t next_random(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string hash_text(const Array& array) {
  uint64_t hash = kFnvStart;
  std::vector<std::byte> slice(std::min<size_t>(array.bytes(), 1 << 20));
  for (size_t at = 0; at < array.bytes(); at += slice.size()) {
    const auto part = std::span(slice).first(std::min(slice.size(), array.bytes() - at));
    if (!array.source->read(at, part).ok()) return "#…";
    hash = fnv(hash, part);
  }
  char buffer[10];
  std::snprintf(buffer, sizeof buffer, "#%08x", static_cast<unsigned>(hash ^ (hash >> 32)));
  return buffer;
}

template <typename T>
std::string list_text(const Array& array) {
  const Result<std::vector<T>> values = read_as<T>(array);
  if (!values.ok()) return "#…";
  if (values->size() == 1 && array.shape.size() <= 1) return number_text((*values)[0]);
  std::string text = "[";
  for (const T value : *values) text += (text.size() > 1 ? ", " : "") + number_text(value);
  return text + "]";
}

Error bad_number(const std::string& word, DType dtype) {
  return {.code = Code::kInvalidArgument, .what = "'" + word + "' is no " + std::string(name(dtype))};
}

// int4 is packed by hand: no other room makes one from numbers.
Array int4_array(const Shape& shape, std::span<const int64_t> values) {
  std::vector<std::byte> bytes(byte_size(DType::kInt4, values.size()));
  for (size_t i = 0; i < values.size(); ++i) bytes[i / 2] |= static_cast<std::byte>((values[i] & 15) << (i % 2 * 4));
  return array_of(DType::kInt4, shape, std::move(bytes));
}

Array array_of_integers(DType dtype, const Shape& shape, std::span<const int64_t> values) {
  return dtype == DType::kInt4 ? int4_array(shape, values) : cast(array_from<int64_t>(shape, values), dtype);
}

size_t count_of(const Shape& shape) {
  size_t count = 1;
  for (const int64_t length : shape) count *= static_cast<size_t>(length);
  return count;
}

}  // namespace

std::string type_name(TensorType type) {
  if (const std::optional<DType> dtype = to_dtype(type)) return std::string(short_name(*dtype));
  std::string text = EnumNameTensorType(type);
  if (text.empty()) return "type_" + std::to_string(static_cast<int>(type));
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<TensorType> parse_type_name(std::string_view name) {
  for (const TensorType type : tflite::EnumValuesTensorType()) {
    if (type_name(type) == name) return type;
  }
  return std::nullopt;
}

std::string values_text(const Array& array, size_t largest_inline, bool hash) {
  const bool listed = array.count() <= largest_inline && array.dtype != DType::kComplex64;
  if (!listed) return hash ? hash_text(array) : "#…";
  if (array.dtype == DType::kFloat64) return list_text<double>(array);
  return is_float(array.dtype) ? list_text<float>(array) : list_text<int64_t>(array);
}

Result<Array> values_array(DType dtype, const Shape& shape, const std::vector<std::string>& words) {
  const size_t count = count_of(shape);
  if (words.size() != count && words.size() != 1) {
    return Error{.code = Code::kInvalidArgument,
                 .what = std::to_string(words.size()) + " values for " + std::to_string(count) + " elements"};
  }
  if (is_float(dtype)) {
    std::vector<double> values;
    for (const std::string& word : words) {
      const std::optional<double> value = parse_number<double>(word);
      if (!value) return bad_number(word, dtype);
      values.push_back(*value);
    }
    values.resize(count, values.empty() ? 0 : values[0]);
    return cast(array_from<double>(shape, values), dtype);
  }
  std::vector<int64_t> values;
  for (const std::string& word : words) {
    const std::optional<int64_t> value = word == "true" ? 1 : word == "false" ? 0 : parse_number<int64_t>(word);
    if (!value) return bad_number(word, dtype);
    values.push_back(*value);
  }
  values.resize(count, values.empty() ? 0 : values[0]);
  return array_of_integers(dtype, shape, values);
}

Result<Array> values_from_name(DType dtype, const Shape& shape, std::string_view name) {
  uint64_t state = fnv(kFnvStart, std::as_bytes(std::span(name)));
  if (is_float(dtype)) {
    std::vector<double> values(count_of(shape));
    for (double& value : values) value = static_cast<double>(next_random(state) >> 40) / (1 << 23) - 1;  // exact in float32
    return cast(array_from<double>(shape, values), dtype);
  }
  const int64_t lowest = dtype == DType::kInt4 || dtype == DType::kInt8 || dtype == DType::kInt16 ? -8 : 0;
  const uint64_t range = dtype == DType::kBool ? 2 : 16;
  std::vector<int64_t> values(count_of(shape));
  for (int64_t& value : values) value = lowest + static_cast<int64_t>(next_random(state) % range);
  return array_of_integers(dtype, shape, values);
}

}  // namespace kelt::litert
