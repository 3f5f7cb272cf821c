// verify/expose.h — a model that shows its intermediates: chosen tensors become outputs of a signature.
//
// The runtime has no call that reads an intermediate, but an output more changes no bit of the others.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "litert/model.h"

namespace kelt::verify {

struct Shown {
  litert::TensorId tensor = litert::kNoTensor;
  std::string output;  // the name under which the signature gives it
};

// The tensors of the signature's subgraph that equal a source value and are computed, in order of execution.
[[nodiscard]] std::vector<litert::TensorId> comparable_tensors(const litert::Model& model, const litert::Signature& signature);

// Makes the tensors outputs, of this signature alone: the others are taken away. Tensors inside control flow can't be shown.
[[nodiscard]] litert::Model expose(const litert::Model& model, const litert::Signature& signature,
                                   std::span<const litert::TensorId> tensors, std::vector<Shown>& shown);

}  // namespace kelt::verify
