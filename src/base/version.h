// base/version.h — which kelt this is.

#pragma once

#include <string_view>

namespace kelt {

[[nodiscard]] std::string_view version();  // "0.1.0"

}  // namespace kelt
