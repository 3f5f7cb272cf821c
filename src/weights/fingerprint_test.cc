#include "weights/fingerprint.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

namespace kelt {
namespace {

std::vector<std::byte> counted(size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

uint64_t of(std::span<const std::byte> bytes) {
  Fingerprint fingerprint;
  fingerprint.add(bytes);
  return fingerprint.value();
}

TEST(Fingerprint, IsTheSameInPiecesOfAnySize) {
  const std::vector<std::byte> bytes = counted(1000);
  for (const size_t piece : {1, 5, 31, 32, 33, 64, 999, 1000}) {
    Fingerprint fingerprint;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      fingerprint.add(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    EXPECT_EQ(fingerprint.value(), of(bytes)) << piece;
  }
}

TEST(Fingerprint, TellsApartBytesThatDifferInOneBitOrInLength) {
  std::vector<std::byte> bytes = counted(100);
  const uint64_t before = of(bytes);
  EXPECT_NE(of(std::span(bytes).first(99)), before);
  bytes[50] ^= std::byte{1};
  EXPECT_NE(of(bytes), before);
}

}  // namespace
}  // namespace kelt
