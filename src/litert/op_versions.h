// litert/op_versions.h — the versions of ops, and the runtimes that know them.

#pragma once

#include <string>

#include "litert/model.h"

namespace kelt::litert {

// The first runtime that has every op of the model at its version, as the metadata `min_runtime_version` says it: "1.14.0".
[[nodiscard]] std::string min_runtime_version(const Model& model);

}  // namespace kelt::litert
