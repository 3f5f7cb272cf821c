#include "cli/npz_samples.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/npz.h"

namespace kelt::cli {

Result<std::vector<std::filesystem::path>> npz_files(const std::vector<std::string>& given) {
  std::vector<std::filesystem::path> files;
  for (const std::string& text : given) {
    std::error_code error;
    if (!std::filesystem::is_directory(text, error)) {
      files.emplace_back(text);
      continue;
    }
    const size_t first = files.size();
    for (std::filesystem::directory_iterator entry(text, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() == ".npz") files.push_back(entry->path());
    }
    if (files.size() == first) {
      return Error{.code = Code::kBadData,
                   .what = "the folder " + text + " holds no .npz file",
                   .remedy = "numpy.savez(path, name=array) writes one"};
    }
    std::ranges::sort(files.begin() + static_cast<ptrdiff_t>(first), files.end());
  }
  return files;
}

calibrate::Samples samples_of(std::vector<std::filesystem::path> files) {
  const auto held = std::make_shared<std::vector<NamedArray>>();
  return [files = std::move(files), held, at = size_t{0}]() mutable -> Result<std::optional<calibrate::Given>> {
    if (at == files.size()) return std::optional<calibrate::Given>();
    KELT_ASSIGN_OR_RETURN(*held, read_npz(files[at++]));
    calibrate::Given given{.inputs = {}, .several = true};
    for (const NamedArray& array : *held) given.inputs.push_back({array.name, array.dtype, array.shape, array.bytes});
    return std::optional(std::move(given));
  };
}

}  // namespace kelt::cli
