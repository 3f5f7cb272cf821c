// weights/testing.h — for tests: sources that are not in memory, and arrays read in random pieces.

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "weights/array.h"

namespace kelt::testing {

// The bytes of another source, which can only be read.
class OnlyReadable : public ByteSource {
 public:
  explicit OnlyReadable(std::shared_ptr<const ByteSource> base) : base_(std::move(base)) {}
  [[nodiscard]] size_t size() const override { return base_->size(); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    EXPECT_LE(offset + out.size(), size());
    return base_->read(offset, out);
  }
  [[nodiscard]] std::string identity() const override { return "readable(" + base_->identity() + ")"; }

 private:
  std::shared_ptr<const ByteSource> base_;
};

[[nodiscard]] inline Array only_readable(const Array& array) {
  return {array.dtype, array.shape, std::make_shared<OnlyReadable>(array.source)};
}

// What is read of a source, and how much at a time.
struct Meter {
  std::atomic<uint64_t> bytes = 0;
  std::atomic<uint64_t> largest = 0;
};

class Metered : public ByteSource {
 public:
  Metered(std::shared_ptr<const ByteSource> base, std::shared_ptr<Meter> meter) : base_(std::move(base)), meter_(std::move(meter)) {}
  [[nodiscard]] size_t size() const override { return base_->size(); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    meter_->bytes += out.size();
    uint64_t largest = meter_->largest;
    while (largest < out.size() && !meter_->largest.compare_exchange_weak(largest, out.size())) {}
    return base_->read(offset, out);
  }
  [[nodiscard]] std::string identity() const override { return "metered(" + base_->identity() + ")"; }

 private:
  std::shared_ptr<const ByteSource> base_;
  std::shared_ptr<Meter> meter_;
};

[[nodiscard]] inline Array metered(const Array& array, std::shared_ptr<Meter> meter) {
  return {array.dtype, array.shape, std::make_shared<Metered>(array.source, std::move(meter))};
}

[[nodiscard]] inline std::vector<std::byte> random_bytes(std::mt19937& random, size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

// Whole, and in pieces that start and end anywhere.
inline void expect_bytes(const Array& array, const std::vector<std::byte>& expected, std::mt19937& random) {
  ASSERT_EQ(array.bytes(), expected.size());
  ASSERT_EQ(array.source->size(), expected.size());
  const auto whole = read_all(array);
  ASSERT_TRUE(whole.ok()) << whole.error().to_string();
  ASSERT_EQ(*whole, expected) << array.source->identity();
  if (expected.empty()) return;
  for (int i = 0; i < 20; ++i) {
    const size_t begin = random() % expected.size();
    std::vector<std::byte> piece(random() % (expected.size() - begin + 1));
    ASSERT_TRUE(array.source->read(begin, piece).ok());
    ASSERT_TRUE(std::equal(piece.begin(), piece.end(), expected.begin() + static_cast<ptrdiff_t>(begin)))
        << array.source->identity() << " from " << begin << ", " << piece.size() << " bytes";
  }
}

}  // namespace kelt::testing
