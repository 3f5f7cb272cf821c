#include "base/posix.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace kelt {
namespace {

std::string remedy_for(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT: return "Free some space, or choose a path on another disk";
    case EFBIG: return "Raise the limit on file sizes (ulimit -f), or choose a path on another disk";
    case EACCES:
    case EPERM:
    case EROFS: return "Choose a path that you may write to, or change its permissions";
    case ENOENT: return "Check the path; its directory must exist";
    case ENOTDIR:
    case EISDIR: return "Give the path of a file in a directory that exists";
    default: return "";
  }
}

}  // namespace

Error io_error(std::string_view doing, const std::filesystem::path& path, int number) {
  const std::string why = std::generic_category().message(number);
  return {.code = number == ENOENT ? Code::kNotFound : Code::kIo,
          .what = "can't " + std::string(doing) + " " + path.string() + ": " + why,
          .remedy = remedy_for(number)};
}

}  // namespace kelt
