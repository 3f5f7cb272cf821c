// observe/outside.h — why XNNPACK leaves a node to the builtin kernels, and what would change that.
//
// Each node is tried: alone in a file, as it stands, and with one or two things changed (an operand constant, float32, a lower
// rank). The first file that XNNPACK takes tells the reason, so that it is the runtime at hand that answers, and no list of ours.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "litert/model.h"
#include "runtime/profile.h"
#include "runtime/runtime.h"

namespace kelt::observe {

struct Reason {
  std::string tensor;  // the node's first result
  std::string why;
  std::string remedy;  // empty where none is known
};

// A reason for each of the nodes, which are those of `runtime::delegation` in a run of the model. Weights of one node at a time are in
// memory.
[[nodiscard]] Result<std::vector<Reason>> reasons_outside(const runtime::Runtime& runtime, const litert::Model& model,
                                                          std::span<const runtime::Outside> nodes);

}  // namespace kelt::observe
