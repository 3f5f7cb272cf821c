// cli/npz_samples.h — samples from .npz files and folders of them.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "calibrate/data.h"

namespace kelt::cli {

// Of a folder its .npz files, in the order of their names.
[[nodiscard]] Result<std::vector<std::filesystem::path>> npz_files(const std::vector<std::string>& given);
// The arrays of one file after the other.
[[nodiscard]] calibrate::Samples samples_of(std::vector<std::filesystem::path> files);

}  // namespace kelt::cli
