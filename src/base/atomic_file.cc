#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace kelt {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".kelt-tmp";

fs::path directory_of(const fs::path& place) { return place.has_parent_path() ? place.parent_path() : fs::path("."); }

// ".model.tflite.<pid>-<n>.kelt-tmp" beside the place.
std::string hidden_prefix(const fs::path& place) { return "." + place.filename().string() + "."; }
fs::path hidden_name(const fs::path& place, int attempt) {
  return directory_of(place) / (hidden_prefix(place) + std::to_string(::getpid()) + "-" + std::to_string(attempt) + kSuffix);
}

// Who writes a hidden file holds a lock on it, which ends with the process: an unlocked one was left behind.
void remove_leftovers(const fs::path& place) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_of(place), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(hidden_prefix(place)) || !name.ends_with(kSuffix)) continue;
    const FileDescriptor file(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
  }
}

// The mode that the new file gets: that of the file it replaces, if any.
Result<std::optional<mode_t>> check_place(const fs::path& place) {
  struct stat status{};
  if (::stat(place.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::optional<mode_t>();
    return io_error("write", place, errno);
  }
  if (S_ISDIR(status.st_mode)) return io_error("write", place, EISDIR);
  if (!S_ISREG(status.st_mode)) {
    return Error{.code = Code::kIo,
                 .what = "can't write " + place.string() + ": something that is no regular file stands there",
                 .remedy = "Give the path of a file"};
  }
  if (::access(place.c_str(), W_OK) != 0) return io_error("write", place, errno);
  return std::optional<mode_t>(status.st_mode & 07777);
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const fs::path& path, HiddenFile hidden) {
  // A symbolic link stays, and what it points to is replaced, as a plain write would do.
  std::error_code failed;
  fs::path place = fs::is_symlink(path, failed) ? fs::weakly_canonical(path, failed) : path;
  if (failed && failed != std::errc::no_such_file_or_directory) return io_error("write", path, failed.value());
  if (!place.has_filename()) return io_error("write", path, EISDIR);
  KELT_ASSIGN_OR_RETURN(const std::optional<mode_t> mode, check_place(place));
  remove_leftovers(place);

  std::optional<AtomicFile> file;
  if (hidden == HiddenFile::kAny && ::access("/proc/self/fd", X_OK) == 0) {  // through which commit() names the file
    FileDescriptor unnamed(::open(directory_of(place).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
    if (unnamed.is_open()) file.emplace(AtomicFile(place, std::move(unnamed), {}));
  }
  for (int attempt = 0; !file; ++attempt) {
    fs::path name = hidden_name(place, attempt);
    FileDescriptor named(::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
    if (!named.is_open()) {
      if (errno == EEXIST) continue;
      return io_error("write", place, errno);
    }
    file.emplace(AtomicFile(place, std::move(named), std::move(name)));
  }
  ::flock(file->file_.get(), LOCK_EX | LOCK_NB);
  if (mode) ::fchmod(file->file_.get(), *mode);
  return *std::move(file);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : place_(std::move(other.place_)), file_(std::move(other.file_)), hidden_(std::exchange(other.hidden_, {})) {}

AtomicFile::~AtomicFile() {
  if (!hidden_.empty()) ::unlink(hidden_.c_str());
}

Result<void> AtomicFile::write_at(uint64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_error("write", place_, written < 0 ? errno : ENOSPC);
    offset += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

// linkat does not replace, so a file without a name takes a hidden one first.
Result<void> AtomicFile::give_name() {
  const std::string self = "/proc/self/fd/" + std::to_string(file_.get());
  for (int attempt = 0;; ++attempt) {
    fs::path name = hidden_name(place_, attempt);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      hidden_ = std::move(name);
      return {};
    }
    if (errno != EEXIST) return io_error("write", place_, errno);
  }
}

Result<void> AtomicFile::commit_as(const std::string& name) && {
  fs::path place = directory_of(place_) / name;
  KELT_ASSIGN_OR_RETURN(const std::optional<mode_t> mode, check_place(place));
  if (mode) ::fchmod(file_.get(), *mode);
  place_ = std::move(place);
  return std::move(*this).commit();
}

Result<void> AtomicFile::commit() && {
  if (hidden_.empty()) KELT_RETURN_IF_ERROR(give_name());
  if (::rename(hidden_.c_str(), place_.c_str()) != 0) return io_error("write", place_, errno);
  hidden_.clear();
  return {};
}

}  // namespace kelt
