#include "rewrite/replace.h"

#include <algorithm>
#include <utility>

#include "graph/visit.h"

namespace kelt::rewrite {
namespace {

void redirect(graph::Function& function, graph::ValueId from, graph::ValueId to) {
  const auto of_value = [&](graph::ValueId id) { return id == from ? to : id; };
  const auto of_state = [](graph::StateId id) { return graph::Attribute{id}; };
  for (graph::Node& node : function.nodes) {
    for (graph::Argument& argument : node.args) argument.value = substitute(argument.value, of_value, of_state);
  }
  for (graph::Port& port : function.outputs) port.value = of_value(port.value);
}

}  // namespace

class Replacer {
 public:
  Replacer(graph::Function& function, const Match& match, int root) : function_(function), match_(match), root_(root) {
    values_ = match.bound_.values;
    values_.resize(match.rule_->replacement.values.size());
  }

  Result<void> run() {
    for (const graph::Node& node : match_.rule_->replacement.nodes) KELT_RETURN_IF_ERROR(add(node));
    remove();
    return {};
  }

 private:
  Result<void> add(const graph::Node& written) {
    bool complete = true;
    const auto of_value = [&](graph::ValueId id) { return values_[id.index]; };
    const auto of_variable = [&](graph::StateId id) {
      const std::optional<graph::Attribute>& known = match_.bound_.variables[id.index];
      complete &= known.has_value();
      return known.value_or(graph::Attribute{graph::None{}});
    };
    graph::Node node{.op = written.op, .args = {}, .outputs = {}, .path = function_.nodes[root_].path, .functions = {}};
    for (const graph::Argument& argument : written.args) {
      node.args.push_back({argument.name, substitute(argument.value, of_value, of_variable)});
    }
    if (!complete) return Error{.code = Code::kInternal, .what = "a variable of the replacement has no value", .op = written.op};
    if (node.op == kSame) {
      redirect(function_, values_[match_.rule_->root.index], std::get<graph::ValueId>(node.args[0].value.value));
      return {};
    }
    for (const graph::ValueId output : written.outputs) node.outputs.push_back(make(output));
    added_.push_back(std::move(node));
    return {};
  }

  // The value of the function for one that the replacement makes: the root's own, or a new one.
  graph::ValueId make(graph::ValueId output) {
    graph::ValueId& known = values_[output.index];
    if (output == match_.rule_->root) return known;
    const graph::Fragment::Type& written = match_.rule_->replacement.types[output.index];
    graph::Value type = function_.values[values_[match_.rule_->root.index].index];
    if (written.dtype) type.dtype = *written.dtype;
    if (written.dims) type.dims = *written.dims;
    for (Dim& dim : type.dims) {
      const auto bound = match_.bound_.dims.find(dim.to_string());
      if (written.dims && bound != match_.bound_.dims.end()) dim = bound->second;
    }
    known = {static_cast<int>(function_.values.size())};
    function_.values.push_back(std::move(type));
    return known;
  }

  // The root and what only it needed; and what was made for these alone: their constants.
  void remove() {
    std::vector<bool> gone(function_.nodes.size());
    gone[root_] = true;
    for (const int number : match_.bound_.nodes) gone[number] = !match_.bound_.shared.contains(number);
    std::vector<int> uses(function_.values.size());
    const auto count = [&](const graph::Node& node) { graph::for_each_operand(node, [&](graph::ValueId id) { ++uses[id.index]; }); };
    for (size_t i = 0; i < function_.nodes.size(); ++i) {
      if (!gone[i]) count(function_.nodes[i]);
    }
    for (const graph::Node& node : added_) count(node);
    for (const graph::Port& port : function_.outputs) ++uses[port.value.index];
    // Makers stand before their readers.
    std::vector<bool> orphan(function_.values.size());
    for (size_t i = function_.nodes.size(); i-- > 0;) {
      const graph::Node& node = function_.nodes[i];
      const auto unused = [&](graph::ValueId id) { return uses[id.index] == 0; };
      const bool was_read = std::ranges::any_of(node.outputs, [&](graph::ValueId id) { return orphan[id.index]; });
      const bool drop = !gone[i] && was_read && std::ranges::all_of(node.outputs, unused);
      if (!gone[i] && !drop) continue;
      graph::for_each_operand(node, [&](graph::ValueId id) {
        orphan[id.index] = true;
        if (drop) --uses[id.index];
      });
      gone[i] = true;
    }
    std::vector<graph::Node> nodes;
    for (size_t i = 0; i < function_.nodes.size(); ++i) {
      if (static_cast<int>(i) == root_) std::move(added_.begin(), added_.end(), std::back_inserter(nodes));
      if (!gone[i]) nodes.push_back(std::move(function_.nodes[i]));
    }
    function_.nodes = std::move(nodes);
  }

  graph::Function& function_;
  const Match& match_;
  int root_;
  std::vector<graph::ValueId> values_;  // by value of the replacement
  std::vector<graph::Node> added_;
};

Result<void> replace(graph::Function& function, const Match& match, int root) { return Replacer(function, match, root).run(); }

std::vector<int> renumber_values(graph::Function& function) {
  std::vector<int> origins;
  std::vector<int> numbers(function.values.size(), -1);
  const auto define = [&](graph::ValueId& id) {
    numbers[id.index] = static_cast<int>(origins.size());
    origins.push_back(id.index);
    id.index = numbers[id.index];
  };
  const auto of_value = [&](graph::ValueId id) { return graph::ValueId{numbers[id.index]}; };
  const auto of_state = [](graph::StateId id) { return graph::Attribute{id}; };
  for (graph::Port& port : function.inputs) define(port.value);
  for (graph::Node& node : function.nodes) {
    for (graph::Argument& argument : node.args) argument.value = substitute(argument.value, of_value, of_state);
    for (graph::ValueId& output : node.outputs) define(output);
  }
  for (graph::Port& port : function.outputs) port.value = of_value(port.value);
  std::vector<graph::Value> values;
  for (const int origin : origins) values.push_back(std::move(function.values[origin]));
  function.values = std::move(values);
  return origins;
}

}  // namespace kelt::rewrite
