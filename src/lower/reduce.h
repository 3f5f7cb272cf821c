// lower/reduce.h — what reductions share.

#pragma once

#include <vector>

#include "lower/core/arguments.h"

namespace kelt::lower {

struct Reduction {
  Value x;
  std::vector<int> axes;
  bool keep_dims = false;
  DType dtype = DType::kFloat32;  // of the result
};

// x, axis and keepdims; the caller finishes.
Reduction read_reduction(const graph::Node& node, Lowering& to, Arguments& args);

}  // namespace kelt::lower
