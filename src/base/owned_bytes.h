// base/owned_bytes.h — a range of addresses, and what keeps it.

#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace kelt {

struct OwnedBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<void> owner;
};

}  // namespace kelt
