#include "runtime/host_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace kelt::runtime {
namespace {

constexpr size_t kHostAlignment = 64;
constexpr size_t kReadBeyond = 128;
constexpr size_t kPage = 4096;  // the smallest there is: in a larger page there is more room
constexpr size_t kReserved = size_t{1} << 33;
constexpr size_t kReservedUnit = 65536;  // a multiple of every page

size_t round_up(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

void FreeHostMemory::operator()(std::byte* memory) const {
  if (reserved == 0) return std::free(memory);
  munmap(memory, reserved);
}

Result<HostMemory> HostMemory::reserve() {
  void* found = mmap(nullptr, kReserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return Error{.code = Code::kRuntime, .what = "no addresses for a tensor of unknown size"};
  HostMemory memory;
  memory.memory_ = {static_cast<std::byte*>(found), FreeHostMemory{kReserved}};
  memory.size_ = kReserved - kReadBeyond;
  return memory;
}

void HostMemory::shrink(size_t size) {
  size_ = size;
  size_t& reserved = memory_.get_deleter().reserved;
  const size_t kept = round_up(size + kReadBeyond, kReservedUnit);
  if (kept >= reserved) return;
  munmap(memory_.get() + kept, reserved - kept);
  reserved = kept;
}

Result<HostMemory> HostMemory::allocate(size_t size) {
  const Error error{.code = Code::kRuntime, .what = "no memory for a tensor of " + std::to_string(size) + " bytes"};
  if (size > SIZE_MAX / 2) return error;
  HostMemory memory;
  const size_t padded = round_up(size + kReadBeyond, kHostAlignment);
  memory.memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kHostAlignment, padded)));
  if (memory.memory_ == nullptr) return error;
  memory.size_ = size;
  return memory;
}

Result<HostMemory> HostMemory::copy_of(std::span<const std::byte> bytes) {
  KELT_ASSIGN_OR_RETURN(HostMemory memory, allocate(bytes.size()));
  std::ranges::copy(bytes, memory.begin());
  return memory;
}

bool can_be_bound(std::span<const std::byte> bytes) {
  const auto start = reinterpret_cast<uintptr_t>(bytes.data());
  const size_t in_page = (start + bytes.size()) % kPage;  // 0: the end of a page, and the next may not be there
  return start % kHostAlignment == 0 && in_page != 0 && kPage - in_page >= kReadBeyond;
}

}  // namespace kelt::runtime
