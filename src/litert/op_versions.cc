#include "litert/op_versions.h"

namespace kelt::litert {

// TODO: from a table of ops and versions.
std::string min_runtime_version(const Model&) { return "1.14.0"; }

}  // namespace kelt::litert
