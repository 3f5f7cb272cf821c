#include "weights/fingerprint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "weights/source.h"

namespace kelt {
namespace {

constexpr size_t kSlice = size_t{1} << 20;  // a multiple of a block
constexpr size_t kLanes = 4;                // that the processor works on at once
constexpr size_t kBlock = kLanes * sizeof(uint64_t);

// Odd, without structure: the fractions of the roots of 2 and 3.
constexpr uint64_t kFirst = 0x6a09e667f3bcc909U;
constexpr uint64_t kSecond = 0xbb67ae8584caa73bU;

using Lanes = std::array<uint64_t, kLanes>;

uint64_t mix(uint64_t lane, uint64_t word) { return std::rotl((lane ^ word) * kFirst, 29) * kSecond; }

void add_block(Lanes& lanes, const std::byte* block) {
  Lanes words;
  std::memcpy(words.data(), block, kBlock);
  for (size_t i = 0; i < kLanes; ++i) lanes[i] = mix(lanes[i], words[i]);
}

}  // namespace

Result<uint64_t> fingerprint(const Array& array) {
  const size_t size = array.source->size();
  Lanes lanes = {1, 2, 3, 4};
  Elements elements;
  for (size_t begin = 0; begin < size; begin += kSlice) {
    KELT_ASSIGN_OR_RETURN(const std::span<const std::byte> slice, elements.read(*array.source, begin, std::min(kSlice, size - begin)));
    size_t at = 0;
    for (; at + kBlock <= slice.size(); at += kBlock) add_block(lanes, slice.data() + at);
    if (at == slice.size()) continue;
    std::array<std::byte, kBlock> last{};
    std::copy(slice.begin() + static_cast<std::ptrdiff_t>(at), slice.end(), last.begin());
    add_block(lanes, last.data());
  }
  uint64_t all = size;
  for (const uint64_t lane : lanes) all = mix(all, lane);
  return all ^ (all >> 32);
}

}  // namespace kelt
