#include "quantize/activations.h"

#include <algorithm>
#include <cmath>

#include "base/disjoint_sets.h"
#include "quantize/integer_ops.h"
#include "weights/slices.h"

namespace kelt::quantize {
namespace {

using litert::Operator;
using litert::TensorId;
using statistics::Range;

// Tensors that share their params.
class Shared {
 public:
  size_t id_of(const Integers& integers) {
    const auto [found, added] = ids_.try_emplace(integers, members_.size());
    if (added) {
      sets_.add();
      members_.push_back(integers);
    }
    return found->second;
  }
  [[nodiscard]] size_t root(size_t id) const { return sets_.root(id); }
  [[nodiscard]] const std::vector<Integers>& members() const { return members_; }

  void fix(const Integers& integers, const Params& params) { fixed_[root(id_of(integers))] = params; }
  // Null if no scale is given.
  [[nodiscard]] const Params* fixed(size_t id) const {
    const auto found = fixed_.find(root(id));
    return found == fixed_.end() ? nullptr : &found->second;
  }
  // Of two scales that are given, that of `a` stays.
  void unite(const Integers& a, const Integers& b) {
    const size_t first = id_of(a), second = id_of(b);
    const Params* given = fixed(first) != nullptr ? fixed(first) : fixed(second);
    const std::optional<Params> params = given != nullptr ? std::optional(*given) : std::nullopt;
    sets_.join(first, second);
    if (params) fixed_[root(first)] = *params;
  }

 private:
  std::map<Integers, size_t> ids_;
  DisjointSets sets_;
  std::vector<Integers> members_;
  std::map<size_t, Params> fixed_;  // by root
};

Result<Range> range_of_constant(const Array& array) {
  Range range;
  KELT_RETURN_IF_ERROR(read_floats(array, [&](size_t, std::span<const float> values) {
    for (const float value : values) {
      range.min = std::min(range.min, value);
      range.max = std::max(range.max, value);
    }
  }));
  return range;
}

Range together(const Range& a, const Range& b) { return {std::min(a.min, b.min), std::max(a.max, b.max)}; }

// What a model gives is read by its largest values, however few they are: the likeliest of many tokens, which the least squared error
// would cut off.
bool is_output(const Graph& graph, TensorId id) {
  return std::ranges::find(graph.subgraph().outputs, id) != graph.subgraph().outputs.end();
}

// The tensors of an operator that are to be integers.
std::vector<Integers> integers_of(const Graph& graph, const Operator& op, const Decision& decision) {
  std::vector<Integers> all;
  for (const size_t index : data_operands(graph, op)) all.emplace_back(op.inputs[index], decision.form.activation_bits);
  for (const TensorId id : op.outputs) {
    if (graph.is_activation(id)) all.emplace_back(id, decision.form.activation_bits);
  }
  return all;
}

// First what moves one tensor, so that a fixed scale goes along; then what joins several, unless one of them is fixed.
void unite_all(const Graph& graph, const std::vector<Decision>& decisions, Shared& sets) {
  const std::vector<Operator>& operators = graph.subgraph().operators;
  for (const bool joins : {false, true}) {
    for (size_t index = 0; index < decisions.size(); ++index) {
      if (decisions[index].form.kind != Kind::kStatic) continue;
      if (integer_op(operators[index].code)->scales != Scales::kSame || (data_operands(graph, operators[index]).size() > 1) != joins)
        continue;
      const std::vector<Integers> all = integers_of(graph, operators[index], decisions[index]);
      for (const Integers& integers : all) {
        const bool fixed = joins && sets.fixed(sets.id_of(integers)) != nullptr;
        if (!fixed) sets.unite(all.back(), integers);
      }
    }
  }
}

}  // namespace

Params params_of(const Range& range, int bits) {
  if (bits == 16) {
    const float most = std::max(std::abs(range.min), std::abs(range.max));
    return {.bits = 16, .scale = most == 0 ? 1.0F : most / 32767};
  }
  const float low = std::min(range.min, 0.0F), high = std::max(range.max, 0.0F);
  if (low == high) return {};
  const double scale = (static_cast<double>(high) - low) / 255;
  const double zero = std::nearbyint(-128 - low / scale);
  return {.scale = static_cast<float>(scale), .zero = static_cast<int64_t>(std::clamp(zero, -128.0, 127.0))};
}

std::vector<size_t> data_operands(const Graph& graph, const Operator& op) {
  const Kernel* kernel = kernel_of(op.code);
  std::vector<size_t> found;
  for (size_t index = 0; index < op.inputs.size(); ++index) {
    const bool weights = kernel != nullptr && (index == kernel->weights || index == kernel->bias) && graph.floats(op.inputs[index]);
    const TensorId id = op.inputs[index];
    if (!weights && id >= 0 && graph.tensor(id).type == litert::TensorType::FLOAT32) found.push_back(index);
  }
  return found;
}

Result<std::map<Integers, Params>> choose_params(const Graph& graph, int subgraph, const std::vector<Decision>& decisions,
                                                 const std::vector<Integers>& ports, const statistics::Statistics& statistics,
                                                 statistics::RangeMethod method) {
  const std::vector<Operator>& operators = graph.subgraph().operators;
  Shared sets;
  for (const Integers& port : ports) sets.id_of(port);
  for (size_t index = 0; index < decisions.size(); ++index) {
    if (decisions[index].form.kind != Kind::kStatic) continue;
    for (const Integers& integers : integers_of(graph, operators[index], decisions[index])) sets.id_of(integers);
    const IntegerOp& known = *integer_op(operators[index].code);
    const int bits = decisions[index].form.activation_bits;
    const FixedScale& fixed = bits == 16 ? known.fixed16 : known.fixed8;
    if (known.scales == Scales::kFixed) sets.fix({operators[index].outputs[0], bits}, {bits, fixed.scale, fixed.zero_point});
  }
  unite_all(graph, decisions, sets);

  std::map<size_t, Range> ranges;
  for (size_t id = 0; id < sets.members().size(); ++id) {
    const auto [tensor, bits] = sets.members()[id];
    if (sets.fixed(id) != nullptr) continue;
    Range range;
    if (const auto constant = graph.floats(tensor)) {
      KELT_ASSIGN_OR_RETURN(range, range_of_constant(*constant));
    } else {
      const auto known = statistics.tensors.find({subgraph, tensor});
      if (known == statistics.tensors.end()) {
        return Error{.code = Code::kInternal, .what = "there are no statistics of " + graph.tensor(tensor).name};
      }
      range = statistics::range_of(known->second, method, bits, bits == 16);
      if (is_output(graph, tensor) && method == statistics::RangeMethod::kMse) range = together(range, known->second.bounds);
    }
    const auto [found, added] = ranges.try_emplace(sets.root(id), range);
    if (!added) found->second = together(found->second, range);
  }
  std::map<Integers, Params> params;
  for (size_t id = 0; id < sets.members().size(); ++id) {
    const Integers& integers = sets.members()[id];
    params[integers] = sets.fixed(id) != nullptr ? *sets.fixed(id) : params_of(ranges.at(sets.root(id)), integers.second);
  }
  return params;
}

}  // namespace kelt::quantize
