// litert/check.h — the rules that a Model keeps, whoever made it: every reference is in range, and every tensor has one maker.

#pragma once

#include "litert/model.h"

namespace kelt::litert {

// kBadModel with the first rule broken, named by subgraph and operator.
[[nodiscard]] Result<void> check_model(const Model& model);

}  // namespace kelt::litert
