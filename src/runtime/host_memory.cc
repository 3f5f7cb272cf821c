#include "runtime/host_memory.h"

#include <cstdint>
#include <string>

namespace kelt::runtime {
namespace {

constexpr size_t kHostAlignment = 64;
constexpr size_t kReadBeyond = 128;
constexpr size_t kPage = 4096;  // the smallest there is: in a larger page there is more room

}  // namespace

Result<HostMemory> HostMemory::allocate(size_t size) {
  const Error error{.code = Code::kRuntime, .what = "no memory for a tensor of " + std::to_string(size) + " bytes"};
  if (size > SIZE_MAX / 2) return error;
  HostMemory memory;
  const size_t padded = (size + kReadBeyond + kHostAlignment - 1) / kHostAlignment * kHostAlignment;
  memory.memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kHostAlignment, padded)));
  if (memory.memory_ == nullptr) return error;
  memory.size_ = size;
  return memory;
}

bool can_be_bound(std::span<const std::byte> bytes) {
  const auto start = reinterpret_cast<uintptr_t>(bytes.data());
  const size_t in_page = (start + bytes.size()) % kPage;  // 0: the end of a page, and the next may not be there
  return start % kHostAlignment == 0 && in_page != 0 && kPage - in_page >= kReadBeyond;
}

}  // namespace kelt::runtime
