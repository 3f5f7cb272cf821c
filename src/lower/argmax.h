// lower/argmax.h — the place of the largest or smallest element.

#pragma once

#include <optional>

#include "lower/core/lowering.h"

namespace kelt::lower {

// In int32, along `axis`; without one, of all elements in a row. `code` is ARG_MAX or ARG_MIN.
Result<Value> place_of(Lowering& to, litert::BuiltinOperator code, const Value& x, std::optional<int> axis, bool keep_dims);

}  // namespace kelt::lower
