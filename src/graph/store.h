// graph/store.h — a module as a directory: module.kelt (the text form) and weights.bin.
//
// Weights are written in slices and read by mapping, so a module is never all in memory. A directory from elsewhere is not
// trusted: files are plain names of regular files inside it, and ranges lie within them.

#pragma once

#include <filesystem>

#include "graph/module.h"

namespace kelt::graph {

// Makes the directory if it is missing. Both files appear whole, or what was there stays.
[[nodiscard]] Result<void> save(const Module& module, const std::filesystem::path& directory);
[[nodiscard]] Result<Module> load(const std::filesystem::path& directory);

}  // namespace kelt::graph
