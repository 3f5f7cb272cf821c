#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace kelt {

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) return io_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) return io_error("read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) return Error{.code = Code::kIo, .what = "can't map " + path.string() + ": it is no regular file"};
  const auto size = static_cast<size_t>(status.st_size);
  std::span<const std::byte> bytes;
  if (size > 0) {  // an empty file can't be mapped
    void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start == MAP_FAILED) return io_error("map", path, errno);
    bytes = {static_cast<const std::byte*>(start), size};
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, std::move(file), bytes));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::let_go(std::span<const std::byte> bytes) const { let_go_of_pages(bytes_, bytes); }

void let_go_of_pages(std::span<const std::byte> mapping, std::span<const std::byte> bytes) {
  constexpr size_t kAround = size_t{1} << 21;  // with a page that is read Linux maps those around it, up to a folio of so many bytes
  const auto first = reinterpret_cast<uintptr_t>(mapping.data());
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  // What begins within a page, as a weight in an archive does, leaves that page alone: its other bytes are not of the mapping given.
  const uintptr_t from = std::max(begin / kAround * kAround, (first + page_size() - 1) / page_size() * page_size());
  const uintptr_t to = std::min((begin + bytes.size() + kAround - 1) / kAround * kAround, first + mapping.size());
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

size_t page_size() { return static_cast<size_t>(::sysconf(_SC_PAGESIZE)); }

Result<OwnedBytes> MappedFile::map_behind(std::span<const std::byte> head) const {
  if (head.empty() || head.size() % page_size() != 0) {
    return Error{.code = Code::kInternal, .what = "a file can't be mapped behind " + std::to_string(head.size()) + " bytes"};
  }
  const size_t size = head.size() + bytes_.size();
  void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return io_error("map", path_, errno);
  OwnedBytes range{.bytes = {static_cast<const std::byte*>(start), size}, .owner = {start, [size](void* first) { ::munmap(first, size); }}};
  std::memcpy(start, head.data(), head.size());
  void* const behind = static_cast<std::byte*>(start) + head.size();
  if (!bytes_.empty() && ::mmap(behind, bytes_.size(), PROT_READ, MAP_PRIVATE | MAP_FIXED, file_.get(), 0) == MAP_FAILED) {
    return io_error("map", path_, errno);
  }
  return range;
}

}  // namespace kelt
