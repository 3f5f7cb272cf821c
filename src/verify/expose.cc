#include "verify/expose.h"

#include <algorithm>
#include <set>

namespace kelt::verify {

std::vector<litert::TensorId> comparable_tensors(const litert::Model& model, const litert::Signature& signature) {
  const litert::Subgraph& subgraph = model.subgraphs[signature.subgraph];
  std::vector<litert::TensorId> tensors;
  std::set<litert::TensorId> seen;
  for (const litert::Operator& op : subgraph.operators) {
    for (const litert::TensorId output : op.outputs) {
      if (output != litert::kNoTensor && subgraph.tensors[output].source && seen.insert(output).second) tensors.push_back(output);
    }
  }
  return tensors;
}

litert::Model expose(const litert::Model& model, const litert::Signature& signature, std::span<const litert::TensorId> tensors,
                     std::vector<Shown>& shown) {
  litert::Model exposed = model;
  exposed.signatures = {signature};
  std::vector<litert::SignaturePort>& outputs = exposed.signatures[0].outputs;
  litert::Subgraph& subgraph = exposed.subgraphs[signature.subgraph];
  shown.clear();
  for (const litert::TensorId tensor : tensors) {
    const auto already = std::ranges::find(outputs, tensor, &litert::SignaturePort::tensor);
    if (already != outputs.end()) {
      shown.push_back({tensor, already->name});
      continue;
    }
    shown.push_back({tensor, "kelt.tensor." + std::to_string(tensor)});
    outputs.push_back({shown.back().output, tensor});
    if (std::ranges::find(subgraph.outputs, tensor) == subgraph.outputs.end()) subgraph.outputs.push_back(tensor);
  }
  return exposed;
}

}  // namespace kelt::verify
