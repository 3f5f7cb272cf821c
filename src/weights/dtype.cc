#include "weights/dtype.h"

#include <algorithm>
#include <array>

namespace kelt {
namespace {

enum class Kind : uint8_t { kFloat, kInteger, kOther };

struct Row {
  std::string_view name;
  std::string_view short_name;
  size_t bits;
  Kind kind;
};

// In the order of DType.
constexpr std::array<Row, 15> kRows = {{
    {"float32", "f32", 32, Kind::kFloat},
    {"float16", "f16", 16, Kind::kFloat},
    {"bfloat16", "bf16", 16, Kind::kFloat},
    {"float64", "f64", 64, Kind::kFloat},
    {"int4", "i4", 4, Kind::kInteger},
    {"int8", "i8", 8, Kind::kInteger},
    {"int16", "i16", 16, Kind::kInteger},
    {"int32", "i32", 32, Kind::kInteger},
    {"int64", "i64", 64, Kind::kInteger},
    {"uint8", "u8", 8, Kind::kInteger},
    {"uint16", "u16", 16, Kind::kInteger},
    {"uint32", "u32", 32, Kind::kInteger},
    {"uint64", "u64", 64, Kind::kInteger},
    {"bool", "bool", 8, Kind::kOther},
    {"complex64", "c64", 64, Kind::kOther},
}};

constexpr const Row& row(DType dtype) { return kRows[static_cast<size_t>(dtype)]; }
static_assert(row(DType::kComplex64).short_name == "c64");

}  // namespace

std::string_view name(DType dtype) { return row(dtype).name; }
std::string_view short_name(DType dtype) { return row(dtype).short_name; }

std::optional<DType> parse_dtype(std::string_view name) {
  const auto* const found = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == name || r.short_name == name; });
  if (found == kRows.end()) return std::nullopt;
  return static_cast<DType>(found - kRows.begin());
}

size_t byte_size(DType dtype, size_t count) {
  const size_t bits = row(dtype).bits;
  return bits < 8 ? (count + 1) / 2 : count * (bits / 8);
}

bool is_float(DType dtype) { return row(dtype).kind == Kind::kFloat; }
bool is_integer(DType dtype) { return row(dtype).kind == Kind::kInteger; }

}  // namespace kelt
