// base/mapped_file.h — a file's bytes in the address space, read-only.

#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

#include "base/owned_bytes.h"
#include "base/posix.h"
#include "base/status.h"

namespace kelt {

// What a mapping begins at a multiple of.
[[nodiscard]] size_t page_size();

// Pages of these bytes, which lie in a read-only mapping of a file, need no memory of the process any longer; who reads them
// again gets them from the system's cache.
void let_go_of_pages(std::span<const std::byte> mapping, std::span<const std::byte> bytes);

// The file must not be shortened while it is mapped: reading a page that is gone ends the process.
class MappedFile {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Pages of these bytes need no memory of the process any longer; who reads them again gets them from the system's cache.
  void let_go(std::span<const std::byte> bytes) const;
  // The head, then the bytes of the file, in one range of addresses: mapped once more, so that only the head takes memory. The
  // size of the head is a multiple of page_size().
  [[nodiscard]] Result<OwnedBytes> map_behind(std::span<const std::byte> head) const;

 private:
  MappedFile(std::filesystem::path path, FileDescriptor file, std::span<const std::byte> bytes)
      : file_(std::move(file)), path_(std::move(path)), bytes_(bytes) {}

  FileDescriptor file_;  // the path may lead to another file by now
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace kelt
