#include "weights/convert.h"

#include <complex>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <type_traits>

#include "weights/half.h"

namespace kelt {
namespace {

struct Bool {
  uint8_t bits = 0;
};
using Complex = std::complex<float>;

// Through the registers that x86 converts through: 32 bits for the narrow integers, 64 for the wide.
template <typename Register>
Register truncate(double value) {
  constexpr double kLimit = -static_cast<double>(std::numeric_limits<Register>::min());
  if (!(value > -kLimit - 1 && value < kLimit)) return std::numeric_limits<Register>::min();
  return static_cast<Register>(value);
}

template <typename To>
To float_to_integer(double value) {
  if constexpr (std::is_same_v<To, uint64_t>) {
    if (value >= 0x1p63 && value < 0x1p64) return static_cast<uint64_t>(value);
  }
  if constexpr (sizeof(To) == 8 || std::is_same_v<To, uint32_t>) return static_cast<To>(truncate<int64_t>(value));
  return static_cast<To>(truncate<int32_t>(value));
}

// The same value as a number that C++ knows.
template <typename T>
auto as_number(T value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return to_float(value);
  } else if constexpr (std::is_same_v<T, Bool>) {
    return static_cast<int32_t>(value.bits != 0);
  } else if constexpr (std::is_same_v<T, Complex>) {
    return value.real();
  } else {
    return value;
  }
}

template <typename To, typename From>
To convert_one(From from) {
  const auto value = as_number(from);
  using Number = std::remove_const_t<decltype(value)>;
  using Wide = std::conditional_t<std::is_same_v<Number, float>, float, double>;
  if constexpr (std::is_same_v<To, From>) {
    return from;
  } else if constexpr (std::is_same_v<To, Bool>) {
    if constexpr (std::is_same_v<From, Complex>) return {static_cast<uint8_t>(from != Complex())};
    return {static_cast<uint8_t>(value != Number(0))};
  } else if constexpr (std::is_same_v<To, Half>) {
    return to_half(static_cast<Wide>(value));
  } else if constexpr (std::is_same_v<To, BFloat16>) {
    return to_bfloat16(static_cast<Wide>(value));
  } else if constexpr (std::is_same_v<To, Complex>) {
    return {static_cast<float>(value), 0.0F};
  } else if constexpr (std::is_floating_point_v<Number> && std::is_integral_v<To>) {
    return float_to_integer<To>(static_cast<double>(value));
  } else {
    return static_cast<To>(value);
  }
}

// The elements need not be aligned: a file range starts anywhere.
template <typename From, typename To>
void convert_run(const std::byte* in, std::byte* out, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    From from;
    std::memcpy(&from, in + i * sizeof(From), sizeof(From));
    const To to = convert_one<To>(from);
    std::memcpy(out + i * sizeof(To), &to, sizeof(To));
  }
}

template <typename T>
struct Tag {
  using Type = T;
};

template <typename Visitor>
void with_type(DType dtype, const Visitor& visit) {
  switch (dtype) {
    case DType::kFloat32: return visit(Tag<float>());
    case DType::kFloat16: return visit(Tag<Half>());
    case DType::kBFloat16: return visit(Tag<BFloat16>());
    case DType::kFloat64: return visit(Tag<double>());
    case DType::kInt8: return visit(Tag<int8_t>());
    case DType::kInt16: return visit(Tag<int16_t>());
    case DType::kInt32: return visit(Tag<int32_t>());
    case DType::kInt64: return visit(Tag<int64_t>());
    case DType::kUInt8: return visit(Tag<uint8_t>());
    case DType::kUInt16: return visit(Tag<uint16_t>());
    case DType::kUInt32: return visit(Tag<uint32_t>());
    case DType::kUInt64: return visit(Tag<uint64_t>());
    case DType::kBool: return visit(Tag<Bool>());
    case DType::kComplex64: return visit(Tag<Complex>());
    case DType::kInt4: std::abort();  // packed: see convert.h
  }
}

}  // namespace

void convert(DType from, const std::byte* in, DType to, std::byte* out, size_t count) {
  with_type(from, [&](auto from_tag) {
    with_type(to, [&](auto to_tag) { convert_run<typename decltype(from_tag)::Type, typename decltype(to_tag)::Type>(in, out, count); });
  });
}

void pack_int4(const std::byte* int8, std::byte* out, size_t count) {
  for (size_t i = 0; i < count; i += 2) {
    const std::byte high = i + 1 < count ? int8[i + 1] : std::byte{0};
    out[i / 2] = (int8[i] & std::byte{15}) | (high << 4);
  }
}

void unpack_int4(const std::byte* packed, std::byte* int8, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const int nibble = std::to_integer<int>(packed[i / 2] >> (i % 2 * 4)) & 15;
    int8[i] = static_cast<std::byte>((nibble ^ 8) - 8);
  }
}

}  // namespace kelt
