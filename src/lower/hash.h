// lower/hash.h — the lowerings of lower/hash.cc: not of keras.ops, but of what layers do with numbers as text.

#pragma once

#include "lower/lowering.h"

namespace kelt::lower {

Result<void> lower_hash_bucket(const graph::Node& node, Lowering& to);
Result<void> lower_hash_cross(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
