// litert/op_versions.h — the versions of ops, and the runtimes that know them (the table is in op_table.cc).

#pragma once

#include <string>
#include <string_view>

#include "litert/model.h"

namespace kelt::litert {

// The lowest version of the op that holds for the types, ranks and options of this operator.
[[nodiscard]] int required_version(const Operator& op, const Subgraph& graph);
// The first runtime that has the op at `version` (or, where that isn't known, at the next one): "2.3.0", or "".
[[nodiscard]] std::string_view min_runtime_version(BuiltinOperator code, int version);

// Gives every builtin operator the lowest version that holds. The last step before a model of our own is written.
void set_versions(Model& model);

// The first runtime that has every op of the model at its version, and finds the constants, as the metadata `min_runtime_version` says it:
// "1.14.0".
[[nodiscard]] std::string min_runtime_version(const Model& model, bool constants_outside);

}  // namespace kelt::litert
