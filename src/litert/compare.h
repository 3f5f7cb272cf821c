// litert/compare.h — where two models differ.

#pragma once

#include <string>
#include <vector>

#include "litert/model.h"

namespace kelt::litert {

// "subgraph 0, tensor 3: constant", …; constants are compared by their bytes. Not compared: Operator::path and Tensor::source,
// which no file holds, and symbols, which a file holds as -1.
[[nodiscard]] Result<std::vector<std::string>> differences(const Model& a, const Model& b);

}  // namespace kelt::litert
