// quantize/operands.h — whether operators have what their kernels read: a file of another tool may lack it, and no runtime loads it then.

#pragma once

#include "litert/model.h"

namespace kelt::quantize {

// What all of this room takes for granted of operators that it rewrites.
// kBadModel with the first operator that lacks an operand or a result, or whose weights have a rank that no kernel takes.
[[nodiscard]] Result<void> check_operands(const litert::Model& model);

}  // namespace kelt::quantize
