// base/atomic_file.h — a file that appears whole or not at all.
//
// It is written where nobody sees it and takes its place in one step; until then, and after any failure, what was there is
// untouched. The hidden file has no name where the file system allows that (O_TMPFILE), so that a kill leaves nothing; else
// it has a name of its own beside the place, and a later AtomicFile for that place removes it.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/posix.h"
#include "base/status.h"

namespace kelt {

enum class HiddenFile { kAny, kNamed };  // kNamed: for file systems without O_TMPFILE

class AtomicFile {
 public:
  // Rejects a place where something other than a regular file stands, or a file that may not be written.
  [[nodiscard]] static Result<AtomicFile> create(const std::filesystem::path& path, HiddenFile hidden = HiddenFile::kAny);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) = delete;
  ~AtomicFile();

  // From any thread, in any order.
  [[nodiscard]] Result<void> write_at(uint64_t offset, std::span<const std::byte> bytes) const;
  // Puts the file in its place.
  [[nodiscard]] Result<void> commit() &&;
  // Puts the file in the same directory under another name: one that follows from what was written.
  [[nodiscard]] Result<void> commit_as(const std::string& name) &&;

 private:
  AtomicFile(std::filesystem::path place, FileDescriptor file, std::filesystem::path hidden)
      : place_(std::move(place)), file_(std::move(file)), hidden_(std::move(hidden)) {}
  [[nodiscard]] Result<void> give_name();

  std::filesystem::path place_;
  FileDescriptor file_;
  std::filesystem::path hidden_;  // empty: the file has no name yet, or has its own
};

}  // namespace kelt
