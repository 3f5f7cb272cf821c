// weights/fingerprint.h — 64 bits that tell whether bytes are still what they were. Not for adversaries.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kelt {

// For whoever reads the bytes anyway: pieces of any size, in order. Arrays that may pass in another order: array_fingerprint.h.
class Fingerprint {
 public:
  void add(std::span<const std::byte> bytes);
  [[nodiscard]] uint64_t value() const;

 private:
  static constexpr size_t kLanes = 4;  // that the processor works on at once
  using Lanes = std::array<uint64_t, kLanes>;
  static void add_block(Lanes& lanes, const std::byte* block);

  Lanes lanes_ = {1, 2, 3, 4};
  std::array<std::byte, sizeof(Lanes)> begun_{};  // a block that is not full yet; zeros behind its bytes
  size_t size_ = 0;
};

}  // namespace kelt
