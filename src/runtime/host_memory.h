// runtime/host_memory.h — memory in which the LiteRT runtime takes tensors where they lie.

#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "base/status.h"

namespace kelt::runtime {

struct FreeHostMemory {
  size_t reserved = 0;
  void operator()(std::byte* memory) const;
};

// Owned bytes, aligned for the runtime, with room behind them that may be read. Not initialised.
class HostMemory {
 public:
  HostMemory() = default;
  [[nodiscard]] static Result<HostMemory> allocate(size_t size);
  [[nodiscard]] static Result<HostMemory> copy_of(std::span<const std::byte> bytes);
  // More addresses than a tensor has bytes; only what is written to takes memory.
  [[nodiscard]] static Result<HostMemory> reserve();

  [[nodiscard]] std::byte* data() { return memory_.get(); }
  [[nodiscard]] const std::byte* data() const { return memory_.get(); }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] std::byte* begin() { return data(); }
  [[nodiscard]] std::byte* end() { return data() + size_; }
  [[nodiscard]] const std::byte* begin() const { return data(); }
  [[nodiscard]] const std::byte* end() const { return data() + size_; }
  friend bool operator==(const HostMemory& a, const HostMemory& b) { return std::ranges::equal(a, b); }
  // Keeps the first `size` bytes.
  void shrink(size_t size);

 private:
  std::unique_ptr<std::byte[], FreeHostMemory> memory_;
  size_t size_ = 0;
};

// Whether the runtime can use a tensor where it lies: it takes memory at multiples of 64, and XNNPACK may read up to 128 bytes
// beyond the end, which must be in the same page.
[[nodiscard]] bool can_be_bound(std::span<const std::byte> bytes);

}  // namespace kelt::runtime
