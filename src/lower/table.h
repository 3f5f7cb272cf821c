// lower/table.h — the one visible table of what can be lowered: op of the source module → its lowering.

#pragma once

#include <span>
#include <string_view>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Entry {
  std::string_view op;
  Result<void> (*lower)(const graph::Node& node, Lowering& to);
};

[[nodiscard]] std::span<const Entry> table();
[[nodiscard]] const Entry* find_lowering(std::string_view op);

}  // namespace kelt::lower
