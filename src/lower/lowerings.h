// lower/lowerings.h — every lowering that has a file of its own, by family. lower/table.cc maps ops to them.

#pragma once

#include "lower/lowering.h"

namespace kelt::lower {

// source.cc: what is not computed.
Result<void> lower_weight(const graph::Node& node, Lowering& to);
Result<void> lower_constant(const graph::Node& node, Lowering& to);

// cast.cc
Result<void> lower_cast(const graph::Node& node, Lowering& to);
Result<void> lower_stop_gradient(const graph::Node& node, Lowering& to);

// reshape.cc
Result<void> lower_reshape(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
