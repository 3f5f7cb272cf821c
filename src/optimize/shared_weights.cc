#include "optimize/shared_weights.h"

#include "weights/quantized.h"

namespace kelt::optimize {
namespace {

struct Use {
  size_t readers = 0;
  std::vector<Scaling> scalings;
};

using Uses = std::map<std::string, Use>;

Array as_floats(const std::vector<double>& factors) {
  const std::vector<float> values(factors.begin(), factors.end());
  return array_from<float>({static_cast<int64_t>(values.size())}, values);
}

void count_readers(const litert::Subgraph& subgraph, Uses& uses) {
  const auto read = [&](litert::TensorId id) {
    if (id < 0 || !subgraph.tensors[static_cast<size_t>(id)].constant) return;
    ++uses[subgraph.tensors[static_cast<size_t>(id)].constant->source->identity()].readers;
  };
  for (const litert::Operator& op : subgraph.operators) {
    for (const litert::TensorId input : op.inputs) read(input);
  }
  for (const litert::TensorId output : subgraph.outputs) read(output);
}

Result<void> find_scalings(litert::Subgraph& subgraph, FindScaling find, Uses& uses) {
  Rewriter in(subgraph);  // which changes nothing
  for (OperatorId id = 0; id < in.size(); ++id) {
    KELT_ASSIGN_OR_RETURN(auto scaling, find(in, id));
    if (!scaling) continue;
    uses[in.constant(scaling->weights)->source->identity()].scalings.push_back(*std::move(scaling));
  }
  return {};
}

}  // namespace

Result<SharedWeights> SharedWeights::in(litert::Model& model, FindScaling find) {
  Uses uses;
  for (litert::Subgraph& subgraph : model.subgraphs) {
    count_readers(subgraph, uses);
    KELT_RETURN_IF_ERROR(find_scalings(subgraph, find, uses));
  }
  SharedWeights shared;
  for (const auto& [identity, use] : uses) {
    if (use.readers < 2 || use.scalings.empty()) continue;
    bool agree = use.scalings.size() == use.readers;
    for (const Scaling& scaling : use.scalings) agree = agree && scaling == use.scalings[0];
    shared.shared_[identity] = agree ? std::optional(as_floats(use.scalings[0].factors)) : std::nullopt;
  }
  return shared;
}

std::optional<Array> SharedWeights::factors(const Array& weights, const Scaling& scaling) const {
  if (comes_from_integers(weights)) return std::nullopt;
  const auto found = shared_.find(weights.source->identity());
  return found == shared_.end() ? as_floats(scaling.factors) : found->second;
}

}  // namespace kelt::optimize
