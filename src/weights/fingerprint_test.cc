#include "weights/fingerprint.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <vector>

namespace kelt {
namespace {

std::vector<std::byte> counted(size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

uint64_t of(const std::vector<std::byte>& bytes) {
  return *fingerprint(array_of(DType::kUInt8, {static_cast<int64_t>(bytes.size())}, bytes));
}

TEST(Fingerprint, IsTheSameWhateverTheBytesComeFrom) {
  const std::vector<float> values(600, 1.5F);
  const Array array = array_from<float>({20, 30}, values);
  EXPECT_EQ(*fingerprint(array), *fingerprint(transpose(transpose(array, std::vector{1, 0}), std::vector{1, 0})));
  EXPECT_EQ(*fingerprint(array), *fingerprint(reshape(array, {600})));
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

TEST(Fingerprint, TellsApartArraysThatDifferInOneBitOrInLength) {
  std::set<uint64_t> seen;
  size_t made = 0;
  for (const size_t size : {0, 1, 31, 32, 33, 100, (1 << 20) + 40}) {
    std::vector<std::byte> bytes = counted(size);
    seen.insert(of(bytes));
    ++made;
    for (const size_t at : {size_t{0}, size / 2, size - 1}) {
      if (at >= size || (at == 0 && size < 3)) continue;
      for (const auto bit : {std::byte{1}, std::byte{128}}) {
        bytes[at] ^= bit;
        seen.insert(of(bytes));
        ++made;
        bytes[at] ^= bit;
      }
    }
  }
  EXPECT_EQ(seen.size(), made);
  EXPECT_NE(of(std::vector<std::byte>(64)), of(std::vector<std::byte>(96)));
}

TEST(Fingerprint, FailsWhereTheArrayCanNotBeRead) {
  EXPECT_FALSE(fingerprint(transpose(array_from<float>({2, 3}, std::vector<float>(6)), std::vector{0, 0})).ok());
}

}  // namespace
}  // namespace kelt
