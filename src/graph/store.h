// graph/store.h — a module as a directory: module.kelt (the text form) and weights-<hash>.bin.
//
// The file of weights is named by its content, and the text that names it takes its place last: whenever a save ends, what is
// there is the previous module or the new one. Weights are written in slices and read by mapping, so a module is never all in
// memory. A directory from elsewhere is not trusted: files are names of regular files inside it, without a path, and ranges lie
// within them.

#pragma once

#include <filesystem>

#include "graph/module.h"

namespace kelt::graph {

// Makes the directory if it is missing. The module is replaced whole, or what was there stays.
[[nodiscard]] Result<void> save(const Module& module, const std::filesystem::path& directory);
[[nodiscard]] Result<Module> load(const std::filesystem::path& directory);

}  // namespace kelt::graph
