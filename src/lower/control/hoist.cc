#include "lower/control/hoist.h"

#include <algorithm>
#include <set>

#include "graph/own_nodes.h"
#include "graph/visit.h"
#include "lower/table.h"

namespace kelt::lower {
namespace {

using graph::for_each_operand;
using graph::Function;
using graph::is_source;
using graph::Node;
using graph::ValueId;

// What a value of the step depends on.
enum class From { kNothing, kInput, kState };

class Sorter {
 public:
  Sorter(const Function& step, size_t x_count) : step_(step), from_(step.values.size(), From::kState) {
    const Dim* batch = nullptr;
    for (size_t index = 0; index < x_count; ++index) {
      const ValueId id = step.inputs[index].value;
      const Dims& dims = step.values[id.index].dims;
      if (dims.empty() || (batch != nullptr && dims[0] != *batch)) continue;
      batch = &dims[0];
      from_[id.index] = From::kInput;
    }
    if (batch != nullptr) batch_ = *batch;
    for (const Node& node : step.nodes) {
      const From from = sort(node);
      for (const ValueId output : node.outputs) from_[output.index] = from;
    }
  }

  [[nodiscard]] From from(ValueId id) const { return from_[id.index]; }
  [[nodiscard]] From from(const Node& node) const { return node.outputs.empty() ? From::kState : from(node.outputs[0]); }

 private:
  [[nodiscard]] const Dims& dims(ValueId id) const { return step_.values[id.index].dims; }

  [[nodiscard]] From sort(const Node& node) const {
    if (is_source(node)) return From::kNothing;
    if (!node.functions.empty() || node.outputs.empty()) return From::kState;
    bool inputs = false;
    bool states = false;
    for_each_operand(node, [&](ValueId id) {
      inputs = inputs || from(id) == From::kInput;
      states = states || from(id) == From::kState;
    });
    if (states) return From::kState;
    if (!inputs) return From::kNothing;
    return keeps_batch(node) ? From::kInput : From::kState;
  }

  // Each element of the batch is treated alike, and by itself.
  [[nodiscard]] bool keeps_batch(const Node& node) const {
    const Dims& out = dims(node.outputs[0]);
    if (node.outputs.size() != 1 || out.empty() || out[0] != batch_) return false;
    const graph::OpFacts* facts = find_facts(node.op);
    if (facts == nullptr || (!facts->product && !facts->elementwise)) return false;
    const bool product = facts->product;
    bool alike = true;
    for_each_operand(node, [&](ValueId id) {
      const Dims& own = dims(id);
      if (from(id) == From::kInput) {
        alike = alike && own.size() == out.size() && own[0] == batch_;
      } else if (!product) {
        alike = alike && (own.size() < out.size() || own[0] == Dim(1));
      }
    });
    if (!product) return alike;
    const graph::Argument& first = node.args[0];
    const auto* x = std::get_if<ValueId>(&first.value.value);
    bool weights = true;
    for_each_operand(node, [&](ValueId id) { weights = weights && (x != nullptr && id == *x) == (from(id) == From::kInput); });
    if (node.op != "matmul") return alike && weights;
    const auto* kernel = node.args.size() == 2 ? std::get_if<ValueId>(&node.args[1].value.value) : nullptr;
    return alike && weights && kernel != nullptr && dims(*kernel).size() == 2;
  }

  const Function& step_;
  std::vector<From> from_;
  Dim batch_ = Dim::unknown();
};

// Sources first, so that what is moved finds them.
void lead_with_sources(Function& step) { std::stable_partition(step.nodes.begin(), step.nodes.end(), is_source); }

struct Sum {
  ValueId a, b;
};

std::optional<Sum> as_sum(const Node& node) {
  if (node.op != "add" || node.args.size() != 2) return std::nullopt;
  const auto* a = std::get_if<ValueId>(&node.args[0].value.value);
  const auto* b = std::get_if<ValueId>(&node.args[1].value.value);
  return a != nullptr && b != nullptr ? std::optional<Sum>({*a, *b}) : std::nullopt;
}

int uses(const Function& step, ValueId id) {
  int count = 0;
  for (const Node& node : step.nodes) for_each_operand(node, [&](ValueId used) { count += used == id ? 1 : 0; });
  for (const graph::Port& port : step.outputs) count += port.value == id ? 1 : 0;
  return count;
}

void set_sum(Node& node, ValueId a, ValueId b) {
  node.args[0].value.value = a;
  node.args[1].value.value = b;
}

// (x + h) + b → (x + b) + h: the bias leaves the loop with what it is added to.
bool add_bias_early(Function& step, const Sorter& sorter, const std::set<int>& sources) {
  for (Node& outer : step.nodes) {
    const auto sum = as_sum(outer);
    if (!sum) continue;
    for (const auto& [inner_id, bias] : {std::pair(sum->a, sum->b), std::pair(sum->b, sum->a)}) {
      const auto makes = [id = inner_id](const Node& node) { return node.outputs.size() == 1 && node.outputs[0] == id; };
      const auto inner = std::find_if(step.nodes.begin(), step.nodes.end(), makes);
      if (!sources.contains(bias.index) || inner == step.nodes.end() || uses(step, inner_id) != 1) continue;
      auto parts = as_sum(*inner);
      if (!parts || sorter.from(inner_id) != From::kState) continue;
      if (sorter.from(parts->a) != From::kInput) std::swap(parts->a, parts->b);
      if (sorter.from(parts->a) != From::kInput || step.values[parts->a.index].dims != step.values[inner_id.index].dims) continue;
      if (step.values[bias.index].dims.size() >= step.values[inner_id.index].dims.size()) continue;
      set_sum(*inner, parts->a, bias);
      set_sum(outer, inner_id, parts->b);
      return true;
    }
  }
  return false;
}

}  // namespace

Hoisted hoist(const Function& original, size_t x_count, const Dim& steps) {
  Function step = original;
  lead_with_sources(step);
  std::set<int> sources;
  for (const Node& node : step.nodes) {
    if (is_source(node)) sources.insert(node.outputs[0].index);
  }
  while (add_bias_early(step, Sorter(step, x_count), sources)) {}
  const Sorter sorter(step, x_count);

  Hoisted result{.ahead = {.name = "ahead", .values = step.values}, .step = {.name = step.name, .values = step.values}, .xs = {}};
  std::set<int> read;  // by what stays
  for (const Node& node : step.nodes) {
    const From from = sorter.from(node);
    if (from != From::kState) result.ahead.nodes.push_back(node);
    if (from == From::kInput) continue;
    result.step.nodes.push_back(node);
    for_each_operand(node, [&](ValueId id) { read.insert(id.index); });
  }
  for (const graph::Port& port : step.outputs) read.insert(port.value.index);
  std::set<int> given;
  for (size_t index = 0; index < x_count; ++index) {
    const graph::Port& x = step.inputs[index];
    given.insert(x.value.index);
    result.ahead.inputs.push_back(x);
    if (read.contains(x.value.index)) result.xs.push_back(index);
  }
  for (size_t id = 0; id < step.values.size(); ++id) {
    const ValueId value{static_cast<int>(id)};
    if (sorter.from(value) != From::kInput) continue;
    Dims& dims = result.ahead.values[id].dims;
    dims[0] = steps * dims[0];
    if (given.contains(value.index) || !read.contains(value.index)) continue;
    const graph::Port port{"t" + std::to_string(id), value};
    result.ahead.outputs.push_back(port);
    result.step.inputs.push_back(port);
  }
  for (const size_t index : result.xs) result.step.inputs.push_back(step.inputs[index]);
  result.step.inputs.insert(result.step.inputs.end(), step.inputs.begin() + static_cast<std::ptrdiff_t>(x_count), step.inputs.end());
  result.step.outputs = step.outputs;
  return result;
}

}  // namespace kelt::lower
