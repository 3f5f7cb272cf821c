#include "observe/parts.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "litert/excerpt.h"
#include "litert/nested.h"
#include "litert/sources.h"
#include "observe/flow.h"

namespace kelt::observe {
namespace {

using litert::Operator;
using litert::Subgraph;
using litert::Tensor;
using litert::TensorId;

constexpr uint64_t kSlack = 16;  // a cut may be earlier by this part of what a part may have, where fewer tensors are alive

const Subgraph& main_of(const litert::Model& model, const litert::Signature& signature) {
  return model.subgraphs[static_cast<size_t>(signature.subgraph)];
}

// The subgraphs that operators run, and those that these run. False if they may run others.
bool reach(const litert::Model& model, Operator op, std::set<int32_t>& reached) {
  bool known = true;
  const bool all = litert::visit_nested(op, [&](const int32_t& index) {
    if (index < 0 || static_cast<size_t>(index) >= model.subgraphs.size()) {
      known = false;
    } else if (reached.insert(index).second) {
      for (const Operator& inner : model.subgraphs[static_cast<size_t>(index)].operators) known = reach(model, inner, reached) && known;
    }
  });
  return all && known;
}

Error no_parts(std::string why) {
  return {.code = Code::kUnsupported, .what = "the file can't be run in parts: " + std::move(why), .remedy = "Run it as a whole"};
}

bool is_state(const Tensor& tensor) {
  return tensor.is_variable || tensor.type == litert::TensorType::RESOURCE || tensor.type == litert::TensorType::VARIANT;
}

Result<void> check_parts(const litert::Model& model, const litert::Signature& signature) {
  std::set<int32_t> reached = {signature.subgraph};
  for (const Operator& op : main_of(model, signature).operators) {
    if (!reach(model, op, reached)) return no_parts("it runs subgraphs that are not known");
  }
  for (const int32_t index : reached) {
    const Subgraph& graph = model.subgraphs[static_cast<size_t>(index)];
    const auto once = [](const Operator& op) { return op.code == litert::BuiltinOperator::CALL_ONCE; };
    if (std::ranges::any_of(graph.tensors, is_state) || std::ranges::any_of(graph.operators, once)) {
      return no_parts("the signature '" + signature.key + "' has states");
    }
  }
  return {};
}

// The constants of one part as it grows: each once.
class Constants {
 public:
  Constants(const litert::Model& model, int main, const Flow& flow) : model_(model), main_(main), flow_(flow) {}

  // What the operator would add.
  [[nodiscard]] uint64_t added_by(const Operator& op) {
    return walk(op, [&](const Place& place) { return !known_.contains(place); });
  }
  void add(const Operator& op) {
    bytes_ += walk(op, [&](const Place& place) { return known_.insert(place).second; });
  }
  void clear() {
    known_.clear();
    bytes_ = 0;
  }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  template <typename Counts>
  uint64_t walk(const Operator& op, const Counts& counts) {
    if (flow_.computes_again(op)) return 0;  // counts where it is needed
    uint64_t sum = of_operator(main_, op, counts);
    std::set<size_t> needed;
    flow_.add_needed(op, needed);
    for (const size_t index : needed) sum += of_operator(main_, model_.subgraphs[static_cast<size_t>(main_)].operators[index], counts);
    std::set<int32_t> reached;
    (void)reach(model_, op, reached);
    for (const int32_t index : reached) {
      for (const Operator& inner : model_.subgraphs[static_cast<size_t>(index)].operators) sum += of_operator(index, inner, counts);
    }
    return sum;
  }

  template <typename Counts>
  uint64_t of_operator(int subgraph, const Operator& op, const Counts& counts) {
    uint64_t sum = 0;
    std::set<TensorId> inputs(op.inputs.begin(), op.inputs.end());
    for (const TensorId id : inputs) {
      if (id < 0) continue;
      const Tensor& tensor = model_.subgraphs[static_cast<size_t>(subgraph)].tensors[static_cast<size_t>(id)];
      if (tensor.constant && counts(Place{.subgraph = subgraph, .tensor = id})) sum += tensor.constant->source->size();
    }
    return sum;
  }

  const litert::Model& model_;
  int main_;
  const Flow& flow_;
  std::set<Place> known_;
  uint64_t bytes_ = 0;
};

// Puts the subgraphs that the part runs beside it.
void add_subgraphs(const litert::Model& model, int main, litert::Model& part) {
  std::set<int32_t> reached;
  for (const Operator& op : part.subgraphs[static_cast<size_t>(main)].operators) (void)reach(model, op, reached);
  for (const int32_t index : reached) {
    if (index != main) part.subgraphs[static_cast<size_t>(index)] = model.subgraphs[static_cast<size_t>(index)];
  }
  (void)litert::drop_unreached_subgraphs(part);
}

class Builder {
 public:
  Builder(const litert::Model& model, const litert::Signature& signature)
      : model_(model), signature_(signature), graph_(main_of(model, signature)), flow_(graph_) {}

  Result<std::vector<Part>> build(std::span<const size_t> cuts, const std::set<TensorId>& seen) {
    wanted_ = seen;
    std::vector<std::pair<size_t, size_t>> ranges;
    size_t first = 0;
    for (const size_t cut : cuts) ranges.emplace_back(std::exchange(first, cut), cut);
    ranges.emplace_back(first, graph_.operators.size());
    for (const litert::SignaturePort& port : signature_.outputs) wanted_.insert(port.tensor);
    // From the last to the first: what is wanted of a part is what those behind it read.
    std::vector<Part> parts;
    for (size_t i = ranges.size(); i-- > 0;) {
      KELT_ASSIGN_OR_RETURN(Part part, part_of(ranges[i].first, ranges[i].second));
      parts.push_back(std::move(part));
    }
    std::ranges::reverse(parts);
    return parts;
  }

 private:
  Result<Part> part_of(size_t first, size_t end) {
    Part part;
    part.model.subgraphs.resize(model_.subgraphs.size());
    part.model.metadata = model_.metadata;
    part.model.external_buffer_groups = model_.external_buffer_groups;
    part.model.external_buffers = model_.external_buffers;
    std::erase_if(part.model.metadata, [](const litert::Metadata& entry) { return entry.name == litert::kSourcesName; });  // by subgraph
    Subgraph& alone = part.model.subgraphs[static_cast<size_t>(signature_.subgraph)];
    alone.name = graph_.name;
    litert::Excerpt excerpt(graph_, alone);
    Constants constants(model_, signature_.subgraph, flow_);
    for (const size_t op : operators_of(first, end)) {
      excerpt.add(graph_.operators[op]);
      constants.add(graph_.operators[op]);
    }
    part.bytes = constants.bytes();
    add_ports(first, end, excerpt, alone, part);
    for (const TensorId id : part.inputs) {
      if (flow_.maker(id) == kNever && std::ranges::find(graph_.inputs, id) == graph_.inputs.end()) {
        return no_parts("nothing computes the tensor '" + graph_.tensors[static_cast<size_t>(id)].name + "'");
      }
      wanted_.insert(id);
    }
    add_subgraphs(model_, signature_.subgraph, part.model);
    return part;
  }

  [[nodiscard]] std::set<size_t> operators_of(size_t first, size_t end) const {
    std::set<size_t> operators;
    for (size_t index = first; index < end; ++index) {
      const Operator& op = graph_.operators[index];
      const auto wanted = [&](TensorId id) { return wanted_.contains(id); };
      if (flow_.computes_again(op) && std::ranges::none_of(op.outputs, wanted)) continue;
      operators.insert(index);
      flow_.add_needed(op, operators);
    }
    return operators;
  }

  void add_ports(size_t first, size_t end, litert::Excerpt& excerpt, Subgraph& alone, Part& part) const {
    litert::Signature made{.key = std::string(kPart), .subgraph = signature_.subgraph};
    for (const TensorId id : excerpt.read()) {
      part.inputs.push_back(id);
      alone.inputs.push_back(excerpt.move(id));
      made.inputs.push_back({std::to_string(id), excerpt.move(id)});
    }
    std::set<TensorId> given;
    for (size_t op = first; op < end; ++op) {
      for (const TensorId id : graph_.operators[op].outputs) {
        if (id < 0 || !wanted_.contains(id) || !given.insert(id).second) continue;
        part.outputs.push_back(id);
        alone.outputs.push_back(excerpt.move(id));
        made.outputs.push_back({std::to_string(id), excerpt.move(id)});
      }
    }
    part.model.signatures = {std::move(made)};
  }

  const litert::Model& model_;
  const litert::Signature& signature_;
  const Subgraph& graph_;
  Flow flow_;
  std::set<TensorId> wanted_;  // by the parts that are built, by the signature, or by who observes
};

}  // namespace

Result<std::vector<size_t>> possible_cuts(const litert::Model& model, const litert::Signature& signature) {
  KELT_RETURN_IF_ERROR(check_parts(model, signature));
  const Flow flow(main_of(model, signature));
  std::vector<size_t> cuts;
  for (size_t op = 1; op < main_of(model, signature).operators.size(); ++op) {
    if (flow.alive_before(op).can_be_given) cuts.push_back(op);
  }
  return cuts;
}

Result<std::vector<size_t>> cuts_for(const litert::Model& model, const litert::Signature& signature, uint64_t most_bytes) {
  KELT_ASSIGN_OR_RETURN(const std::vector<size_t> possible, possible_cuts(model, signature));
  const std::vector<Operator>& operators = main_of(model, signature).operators;
  const Flow flow(main_of(model, signature));
  std::vector<size_t> cuts;
  // Of the cuts up to `op` one with the fewest tensors alive, if what stands behind it has few constants.
  const auto best_before = [&](size_t op) -> size_t {
    size_t best = 0;
    Constants behind(model, signature.subgraph, flow);
    for (size_t cut = op; cut > (cuts.empty() ? 0 : cuts.back()); --cut) {
      if (cut < op) behind.add(operators[cut]);
      if (best != 0 && behind.bytes() > most_bytes / kSlack) break;
      if (!std::ranges::binary_search(possible, cut)) continue;
      if (best == 0 || flow.alive_before(cut).count < flow.alive_before(best).count) best = cut;
    }
    return best;
  };
  Constants constants(model, signature.subgraph, flow);
  for (size_t op = 0; op < operators.size(); ++op) {
    if (op > 0 && constants.bytes() > 0 && constants.bytes() + constants.added_by(operators[op]) > most_bytes) {
      if (const size_t cut = best_before(op); cut != 0) {
        cuts.push_back(cut);
        constants.clear();
        for (size_t moved = cut; moved < op; ++moved) constants.add(operators[moved]);
      }
    }
    constants.add(operators[op]);
  }
  return cuts;
}

Result<std::vector<Part>> parts_at(const litert::Model& model, const litert::Signature& signature, std::span<const size_t> cuts,
                                   const std::set<TensorId>& seen) {
  KELT_RETURN_IF_ERROR(check_parts(model, signature));
  return Builder(model, signature).build(cuts, seen);
}

}  // namespace kelt::observe
