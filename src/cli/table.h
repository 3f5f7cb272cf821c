// cli/table.h — text for a terminal.

#pragma once

#include <string>
#include <string_view>

#include "base/table.h"

namespace kelt::cli {

// UTF-8 without control characters but line ends: names in a file are not to steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace kelt::cli
