#include "graph/literal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/parse_number.h"
#include "graph/lexer.h"

namespace kelt::graph {
namespace {

template <typename T>
std::string floating(T value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

template <typename T>
std::string number_list(std::span<const std::byte> bytes) {
  std::string text = "[";
  for (size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + i, sizeof(T));
    if (i > 0) text += ", ";
    if constexpr (std::is_floating_point_v<T>) {
      text += floating(value);
    } else {
      text += std::to_string(value);
    }
  }
  return text + "]";
}

template <typename T>
bool append(std::string_view text, std::vector<std::byte>& out) {
  const auto value = parse_number<T>(text);
  if (!value) return false;
  const auto* raw = reinterpret_cast<const std::byte*>(&*value);
  out.insert(out.end(), raw, raw + sizeof(T));
  return true;
}

std::optional<std::string> numbers(DType dtype, std::span<const std::byte> bytes) {
  switch (dtype) {
    case DType::kFloat32: return number_list<float>(bytes);
    case DType::kFloat64: return number_list<double>(bytes);
    case DType::kInt8: return number_list<int8_t>(bytes);
    case DType::kInt16: return number_list<int16_t>(bytes);
    case DType::kInt32: return number_list<int32_t>(bytes);
    case DType::kInt64: return number_list<int64_t>(bytes);
    case DType::kUInt8:
    case DType::kBool: return number_list<uint8_t>(bytes);
    case DType::kUInt16: return number_list<uint16_t>(bytes);
    case DType::kUInt32: return number_list<uint32_t>(bytes);
    case DType::kUInt64: return number_list<uint64_t>(bytes);
    default: return std::nullopt;
  }
}

// The bytes that a list of numbers reads back as.
std::optional<std::vector<std::byte>> read_back(DType dtype, std::string_view list) {
  std::vector<std::byte> out;
  list = list.substr(1, list.size() - 2);
  while (!list.empty()) {
    const size_t comma = list.find(", ");
    if (!append_number(dtype, list.substr(0, comma), out)) return std::nullopt;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 2);
  }
  return out;
}

constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

std::string number_text(double value) { return floating(value); }
std::string number_text(float value) { return floating(value); }

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
          out += c;
        } else {
          out += {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
        }
      }
    }
  }
  return out + "\"";
}

bool is_identifier(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '.'; });
}

bool is_utf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xc2 && lead < 0xe0 ? 2
                          : lead >= 0xe0 && lead < 0xf0 ? 3
                          : lead >= 0xf0 && lead < 0xf5 ? 4
                                                        : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3f);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    i += length;
  }
  return true;
}

std::string bytes_text(DType dtype, std::span<const std::byte> bytes) {
  if (const auto list = numbers(dtype, bytes)) {
    const auto back = read_back(dtype, *list);
    if (back && std::ranges::equal(*back, bytes)) return *list;
  }
  std::string text = "hex(\"";
  for (const std::byte byte : bytes) {
    text += kHexDigits[static_cast<size_t>(byte >> 4)];
    text += kHexDigits[static_cast<size_t>(byte & std::byte{15})];
  }
  return text + "\")";
}

bool append_number(DType dtype, std::string_view text, std::vector<std::byte>& out) {
  switch (dtype) {
    case DType::kFloat32: return append<float>(text, out);
    case DType::kFloat64: return append<double>(text, out);
    case DType::kInt8: return append<int8_t>(text, out);
    case DType::kInt16: return append<int16_t>(text, out);
    case DType::kInt32: return append<int32_t>(text, out);
    case DType::kInt64: return append<int64_t>(text, out);
    case DType::kUInt8: return append<uint8_t>(text, out);
    case DType::kBool: return (text == "0" || text == "1") && append<uint8_t>(text, out);
    case DType::kUInt16: return append<uint16_t>(text, out);
    case DType::kUInt32: return append<uint32_t>(text, out);
    case DType::kUInt64: return append<uint64_t>(text, out);
    default: return false;
  }
}

}  // namespace kelt::graph
