// optimize/compute_lazily.h — a chain of constants as an array that is computed when it is read, slice by slice.

#pragma once

#include <optional>

#include "litert/model.h"

namespace kelt::optimize {

// The one output of a model without inputs. Empty where an operator is more than arithmetic on float32, a sum or mean, or a
// change of shape: the runtime computes that. Sums are taken in double precision; everything else gives the runtime's bits.
[[nodiscard]] Result<std::optional<Array>> compute_lazily(const litert::Model& chain);

}  // namespace kelt::optimize
