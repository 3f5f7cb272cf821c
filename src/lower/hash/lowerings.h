// lower/hash/lowerings.h — the lowerings of hashes: not of keras.ops, but of what layers do with integers as text.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// bins.cc
Result<void> lower_hash_bucket(const graph::Node& node, Lowering& to);
Result<void> lower_hash_cross(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
