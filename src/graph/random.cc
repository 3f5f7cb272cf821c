#include "graph/random.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace kelt::graph {
namespace {

// SplitMix64 at a counter: https://prng.di.unimi.it/splitmix64.c
uint64_t mix(uint64_t seed, uint64_t index) {
  uint64_t z = seed * 0xd1342543de82ef95U + (index + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

template <typename T>
void store(T value, std::byte* out) {
  std::memcpy(out, &value, sizeof value);
}

// Writes element `index` to `out`; a float16 is k/64 for k in [-64, 64), which its ten bits of fraction hold exactly.
void fill(DType dtype, uint64_t bits, std::byte* out) {
  const double unit = static_cast<double>(static_cast<int64_t>(bits >> 40) - (1 << 23)) / (1 << 23);
  const auto small = static_cast<int>(bits >> 57);  // [0, 128)
  switch (dtype) {
    case DType::kFloat32: return store(static_cast<float>(unit), out);
    case DType::kFloat64: return store(unit, out);
    case DType::kBFloat16: return store(static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(small - 64) / 64) >> 16), out);
    case DType::kFloat16: {
      const auto single = std::bit_cast<uint32_t>(static_cast<float>(small - 64) / 64);
      if ((single << 1) == 0) return store(uint16_t{0}, out);
      const uint32_t exponent = ((single >> 23) & 0xff) - 112;
      return store(static_cast<uint16_t>((single >> 31 << 15) | exponent << 10 | ((single >> 13) & 0x3ff)), out);
    }
    case DType::kInt8: return store(static_cast<int8_t>(bits >> 56), out);
    case DType::kInt16: return store(static_cast<int16_t>(static_cast<int8_t>(bits >> 56)), out);
    case DType::kInt32: return store(static_cast<int32_t>(static_cast<int8_t>(bits >> 56)), out);
    case DType::kInt64: return store(static_cast<int64_t>(static_cast<int8_t>(bits >> 56)), out);
    case DType::kUInt8: return store(static_cast<uint8_t>(small), out);
    case DType::kUInt16: return store(static_cast<uint16_t>(small), out);
    case DType::kUInt32: return store(static_cast<uint32_t>(small), out);
    case DType::kUInt64: return store(static_cast<uint64_t>(small), out);
    case DType::kBool: return store(static_cast<uint8_t>(bits >> 63), out);
    case DType::kInt4:
    case DType::kComplex64: return;
  }
}

class RandomSource : public ByteSource {
 public:
  RandomSource(DType dtype, size_t bytes, uint64_t seed) : dtype_(dtype), bytes_(bytes), seed_(seed) {}
  size_t size() const override { return bytes_; }
  uint64_t seed() const { return seed_; }
  DType dtype() const { return dtype_; }
  std::string identity() const override {
    return "random:" + std::to_string(seed_) + ":" + std::string(name(dtype_)) + ":" + std::to_string(bytes_);
  }
  Result<void> read(size_t offset, std::span<std::byte> out) const override {
    const size_t width = byte_size(dtype_, 1);
    std::byte element[8];
    while (!out.empty()) {
      const size_t skip = offset % width;
      fill(dtype_, mix(seed_, offset / width), element);
      const size_t count = std::min(width - skip, out.size());
      std::memcpy(out.data(), element + skip, count);
      out = out.subspan(count);
      offset += count;
    }
    return {};
  }

 private:
  DType dtype_;
  size_t bytes_;
  uint64_t seed_;
};

}  // namespace

Result<Array> random_array(DType dtype, Shape shape, uint64_t seed) {
  if (dtype == DType::kInt4 || dtype == DType::kComplex64) {
    return Error{.code = Code::kInvalidArgument, .what = "no random values of " + std::string(name(dtype))};
  }
  Array array{dtype, std::move(shape), nullptr};
  if (array.bytes() > kMaxRandomBytes) return Error{.code = Code::kInvalidArgument, .what = "random values of more than 1 GiB"};
  array.source = std::make_shared<RandomSource>(dtype, array.bytes(), seed);
  return array;
}

std::optional<uint64_t> random_seed(const Array& array) {
  const auto* random = dynamic_cast<const RandomSource*>(array.source.get());
  if (random == nullptr || random->dtype() != array.dtype || random->size() != array.bytes()) return std::nullopt;
  return random->seed();
}

}  // namespace kelt::graph
