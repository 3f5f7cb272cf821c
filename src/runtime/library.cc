#include "runtime/library.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

namespace kelt::runtime {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "ai_edge_litert/libLiteRt.so";

std::optional<fs::path> existing(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return path;
  return std::nullopt;
}

// In a Python installation or virtual environment: lib/python3.x/site-packages (Debian: dist-packages).
std::optional<fs::path> in_prefix(const fs::path& prefix) {
  std::error_code ignored;
  std::vector<fs::path> versions;
  for (const fs::directory_entry& entry : fs::directory_iterator(prefix / "lib", ignored)) {
    if (entry.path().filename().string().starts_with("python3")) versions.push_back(entry.path());
  }
  std::sort(versions.rbegin(), versions.rend());
  for (const fs::path& version : versions) {
    for (const char* packages : {"site-packages", "dist-packages"}) {
      if (auto found = existing(version / packages / kLibrary)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> find_library() {
  if (const char* given = std::getenv("KELT_LITERT_LIBRARY"); given != nullptr && *given != '\0') {
    if (existing(given)) return std::string(given);
    return Error{.code = Code::kNoRuntime,
                 .what = "KELT_LITERT_LIBRARY names no file: " + std::string(given),
                 .remedy = "Set it to the path of libLiteRt.so, or unset it"};
  }
  // bin/kelt of an environment, or kelt/bin/kelt beside ai_edge_litert.
  std::error_code ignored;
  const fs::path executable = fs::read_symlink("/proc/self/exe", ignored);
  fs::path folder = executable.parent_path();
  for (int up = 0; up < 3 && folder.has_relative_path(); ++up, folder = folder.parent_path()) {
    if (auto found = existing(folder / kLibrary)) return found->string();
    if (auto found = in_prefix(folder)) return found->string();
  }
  if (const char* environment = std::getenv("VIRTUAL_ENV")) {
    if (auto found = in_prefix(environment)) return found->string();
  }
  return Error{.code = Code::kNoRuntime,
               .what = "no LiteRT runtime was found",
               .remedy = "pip install ai-edge-litert, or set KELT_LITERT_LIBRARY to the path of libLiteRt.so"};
}

}  // namespace kelt::runtime
