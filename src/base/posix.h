// base/posix.h — what MappedFile and AtomicFile share: a descriptor that closes itself, and errno as an Error.

#pragma once

#include <unistd.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace kelt {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// "can't write /tmp/x.tflite: No space left on device", with what the user can do about that errno.
[[nodiscard]] Error io_error(std::string_view doing, const std::filesystem::path& path, int number);

}  // namespace kelt
