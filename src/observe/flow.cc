#include "observe/flow.h"

#include <algorithm>
#include <array>
#include <utility>

#include "litert/excerpt.h"
#include "litert/nested.h"

namespace kelt::observe {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::Tensor;
using litert::TensorId;
using litert::TensorType;

constexpr int64_t kMostOfShapes = 64;  // elements: more is no shape

bool is_static(const Tensor& tensor) {
  return std::ranges::all_of(tensor.dims, [](const Dim& dim) { return dim.value().has_value(); });
}

bool is_a_few_integers(const Tensor& tensor) {
  int64_t count = 1;
  for (const Dim& dim : tensor.dims) count *= std::min(dim.value().value_or(kMostOfShapes + 1), kMostOfShapes + 1);
  return count <= kMostOfShapes && (tensor.type == TensorType::INT32 || tensor.type == TensorType::INT64);
}

bool runs_subgraphs(Operator op) {
  bool runs = false;
  (void)litert::visit_nested(op, [&](const int32_t&) { runs = true; });
  return runs;
}

bool is_random(BuiltinOperator code) {
  return code == BuiltinOperator::RANDOM_UNIFORM || code == BuiltinOperator::RANDOM_STANDARD_NORMAL || code == BuiltinOperator::MULTINOMIAL;
}

// Whose results have a size that no runtime can hand out.
constexpr std::array kSizedByValues = {BuiltinOperator::WHERE, BuiltinOperator::UNIQUE};
constexpr std::array kShapes = {BuiltinOperator::SHAPE, BuiltinOperator::RANK};
// Which a runtime computes before it runs, where it knows what they read.
constexpr std::array kEarly = {BuiltinOperator::STRIDED_SLICE, BuiltinOperator::GATHER,     BuiltinOperator::CONCATENATION,
                               BuiltinOperator::MUL,           BuiltinOperator::TILE,       BuiltinOperator::RANGE,
                               BuiltinOperator::RESHAPE,       BuiltinOperator::SUM,        BuiltinOperator::MEAN,
                               BuiltinOperator::REDUCE_MAX,    BuiltinOperator::REDUCE_MIN, BuiltinOperator::REDUCE_PROD};
// Whose results have the sizes that an operand says: from which operand on.
constexpr std::array kSized = {std::pair{BuiltinOperator::RESHAPE, 1},       std::pair{BuiltinOperator::BROADCAST_TO, 1},
                               std::pair{BuiltinOperator::FILL, 0},          std::pair{BuiltinOperator::SLICE, 1},
                               std::pair{BuiltinOperator::STRIDED_SLICE, 1}, std::pair{BuiltinOperator::PAD, 1},
                               std::pair{BuiltinOperator::PADV2, 1},         std::pair{BuiltinOperator::MIRROR_PAD, 1},
                               std::pair{BuiltinOperator::TILE, 1},          std::pair{BuiltinOperator::RANGE, 0}};
// Whose results lie where their first operand lies.
constexpr std::array kViews = {BuiltinOperator::RESHAPE, BuiltinOperator::SQUEEZE, BuiltinOperator::EXPAND_DIMS};

}  // namespace

Flow::Flow(const litert::Subgraph& graph)
    : graph_(graph),
      maker_(graph.tensors.size(), kNever),
      again_(graph.tensors.size(), false),
      given_(graph.tensors.size(), true),
      alive_(graph.operators.size()) {
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    for (const TensorId id : graph.operators[i].outputs) {
      if (id >= 0) maker_[static_cast<size_t>(id)] = i;
    }
  }
  find_what_is_computed_again();
  find_what_cant_be_given();
  count_alive();
}

void Flow::find_what_is_computed_again() {
  std::vector<bool> of_shapes(graph_.tensors.size(), false);
  const auto is_of_shapes = [&](TensorId id) { return of_shapes[static_cast<size_t>(id)]; };
  const auto is_known = [&](TensorId id) {
    return id < 0 || litert::is_constant(graph_.tensors[static_cast<size_t>(id)]) || is_computed_again(id);
  };
  const auto few = [&](TensorId id) { return id < 0 || is_a_few_integers(graph_.tensors[static_cast<size_t>(id)]); };
  for (const Operator& op : graph_.operators) {
    const bool starts = std::ranges::find(kShapes, op.code) != kShapes.end();
    const bool from_shapes = starts || std::ranges::any_of(op.inputs, [&](TensorId id) { return id >= 0 && is_of_shapes(id); });
    bool found = starts || (!op.inputs.empty() && std::ranges::all_of(op.inputs, is_known) && !runs_subgraphs(op) && !is_random(op.code));
    found = found && (!from_shapes || std::ranges::all_of(op.outputs, few));
    for (const TensorId id : op.outputs) {
      if (id < 0) continue;
      again_[static_cast<size_t>(id)] = found;
      of_shapes[static_cast<size_t>(id)] = found && from_shapes;
    }
  }
}

bool Flow::computes_again(const Operator& op) const {
  return !op.outputs.empty() && std::ranges::all_of(op.outputs, [&](TensorId id) { return id < 0 || is_computed_again(id); });
}

void Flow::find_what_cant_be_given() {
  const size_t count = graph_.tensors.size();
  std::vector<bool> late(count, false), by_values(count, false), here(count, false);  // its values; its sizes, for good or once
  for (const TensorId id : graph_.inputs) late[static_cast<size_t>(id)] = true;
  const auto any_of = [](const Operator& op, const std::vector<bool>& of, size_t first = 0) {
    for (size_t i = first; i < op.inputs.size(); ++i) {
      if (op.inputs[i] >= 0 && of[static_cast<size_t>(op.inputs[i])]) return true;
    }
    return false;
  };
  const auto is_in = [](const auto& codes, BuiltinOperator code) { return std::ranges::find(codes, code) != codes.end(); };
  for (const Operator& op : graph_.operators) {
    const bool sized_by_values = is_in(kSizedByValues, op.code) || any_of(op, by_values);
    const auto* const sized = std::ranges::find(kSized, op.code, [](const auto& entry) { return entry.first; });
    const bool once = (sized != kSized.end() && any_of(op, late, static_cast<size_t>(sized->second))) ||
                      (is_in(kViews, op.code) && op.inputs[0] >= 0 && here[static_cast<size_t>(op.inputs[0])]);
    const bool is_late = !is_in(kShapes, op.code) && (!is_in(kEarly, op.code) || any_of(op, late));
    for (const TensorId id : op.outputs) {
      if (id < 0) continue;
      const auto at = static_cast<size_t>(id);
      const bool varies = is_computed_again(id) || !is_static(graph_.tensors[at]);
      late[at] = is_late || !is_computed_again(id);
      by_values[at] = sized_by_values && varies;
      here[at] = once && varies;
      given_[at] = !by_values[at] && !here[at] && litert::to_dtype(graph_.tensors[at].type).has_value();
    }
  }
}

void Flow::count_alive() {
  // The tensor whose shape is needed lives as long as what is computed from it.
  std::vector<size_t> last(graph_.tensors.size(), 0);
  for (size_t i = graph_.operators.size(); i-- > 0;) {
    const Operator& op = graph_.operators[i];
    size_t read_at = i;
    for (const TensorId id : op.outputs) {
      if (id >= 0 && is_computed_again(id)) read_at = std::max(read_at, last[static_cast<size_t>(id)]);
    }
    for (const TensorId id : op.inputs) {
      if (id >= 0) last[static_cast<size_t>(id)] = std::max(last[static_cast<size_t>(id)], read_at);
    }
  }
  for (size_t id = 0; id < graph_.tensors.size(); ++id) {
    if (maker_[id] == kNever || again_[id]) continue;
    for (size_t op = maker_[id] + 1; op <= last[id]; ++op) {
      ++alive_[op].count;
      alive_[op].can_be_given = alive_[op].can_be_given && given_[id];
    }
  }
}

void Flow::add_needed(const Operator& op, std::set<size_t>& operators) const {
  for (const TensorId id : op.inputs) {
    if (id < 0 || !is_computed_again(id)) continue;
    if (operators.insert(maker(id)).second) add_needed(graph_.operators[maker(id)], operators);
  }
}

}  // namespace kelt::observe
