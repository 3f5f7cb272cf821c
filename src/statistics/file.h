// statistics/file.h — statistics as a JSON file, and back. Nothing of a file is believed.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"
#include "statistics/statistics.h"

namespace kelt::statistics {

[[nodiscard]] std::string to_json(const Statistics& statistics);
[[nodiscard]] Result<Statistics> parse_statistics(std::string_view json);

[[nodiscard]] Result<void> save_statistics(const Statistics& statistics, const std::filesystem::path& path);
[[nodiscard]] Result<Statistics> load_statistics(const std::filesystem::path& path);

}  // namespace kelt::statistics
