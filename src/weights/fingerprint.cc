#include "weights/fingerprint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace kelt {
namespace {

// Odd, without structure: the fractions of the roots of 2 and 3.
constexpr uint64_t kFirst = 0x6a09e667f3bcc909U;
constexpr uint64_t kSecond = 0xbb67ae8584caa73bU;

uint64_t mix(uint64_t lane, uint64_t word) { return std::rotl((lane ^ word) * kFirst, 29) * kSecond; }

}  // namespace

void Fingerprint::add_block(Lanes& lanes, const std::byte* block) {
  Lanes words;
  std::memcpy(words.data(), block, sizeof(Lanes));
  for (size_t i = 0; i < kLanes; ++i) lanes[i] = mix(lanes[i], words[i]);
}

void Fingerprint::add(std::span<const std::byte> bytes) {
  const size_t begun = size_ % sizeof(Lanes);
  size_ += bytes.size();
  if (begun > 0) {
    const size_t missing = std::min(bytes.size(), sizeof(Lanes) - begun);
    std::copy_n(bytes.begin(), missing, begun_.begin() + static_cast<std::ptrdiff_t>(begun));
    bytes = bytes.subspan(missing);
    if (begun + missing < sizeof(Lanes)) return;
    add_block(lanes_, begun_.data());
    begun_.fill({});
  }
  Lanes lanes = lanes_;
  for (; bytes.size() >= sizeof(Lanes); bytes = bytes.subspan(sizeof(Lanes))) add_block(lanes, bytes.data());
  lanes_ = lanes;
  std::copy(bytes.begin(), bytes.end(), begun_.begin());
}

uint64_t Fingerprint::value() const {
  Lanes lanes = lanes_;
  if (size_ % sizeof(Lanes) != 0) add_block(lanes, begun_.data());
  uint64_t all = size_;
  for (const uint64_t lane : lanes) all = mix(all, lane);
  return all ^ (all >> 32);
}

}  // namespace kelt
