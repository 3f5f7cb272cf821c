#include "litert/nested.h"

#include <algorithm>

namespace kelt::litert {

bool drop_unreached_subgraphs(Model& model) {
  if (model.signatures.empty()) return false;
  std::vector<int32_t> number(model.subgraphs.size(), -1);
  std::vector<int32_t> open;
  bool known = true;
  const auto reach = [&](int32_t index) {
    known = known && index >= 0 && static_cast<size_t>(index) < model.subgraphs.size();
    if (!known || number[static_cast<size_t>(index)] == 0) return;
    number[static_cast<size_t>(index)] = 0;
    open.push_back(index);
  };
  for (const Signature& signature : model.signatures) reach(signature.subgraph);
  while (known && !open.empty()) {
    Subgraph& subgraph = model.subgraphs[static_cast<size_t>(open.back())];
    open.pop_back();
    for (Operator& op : subgraph.operators) known = visit_nested(op, [&](int32_t index) { reach(index); }) && known;
  }
  if (!known || std::find(number.begin(), number.end(), -1) == number.end()) return false;
  std::vector<Subgraph> kept;
  for (size_t index = 0; index < number.size(); ++index) {
    if (number[index] < 0) continue;
    number[index] = static_cast<int32_t>(kept.size());
    kept.push_back(std::move(model.subgraphs[index]));
  }
  model.subgraphs = std::move(kept);
  const auto renumber = [&](int32_t& index) { index = number[static_cast<size_t>(index)]; };
  for (Signature& signature : model.signatures) renumber(signature.subgraph);
  for (Subgraph& subgraph : model.subgraphs) {
    for (Operator& op : subgraph.operators) (void)visit_nested(op, renumber);
  }
  return true;
}

}  // namespace kelt::litert
