// runtime/library.h — where libLiteRt.so may be.

#pragma once

#include <string>

#include "base/status.h"

namespace kelt::runtime {

// KELT_LITERT_LIBRARY, else the ai_edge_litert package of the Python environment that holds this executable, else that of
// the active virtual environment.
[[nodiscard]] Result<std::string> find_library();

}  // namespace kelt::runtime
