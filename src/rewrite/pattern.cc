#include "rewrite/pattern.h"

#include <algorithm>
#include <string>

#include "graph/visit.h"

namespace kelt::rewrite {
namespace {

// The index of the name; a new one goes to the end.
int intern(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  const auto index = static_cast<int>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return index;
}

// The replacement with the pattern's numbers: names that it adds come behind the pattern's.
graph::Fragment renumber(const graph::Fragment& read, const graph::Fragment& pattern) {
  graph::Fragment fragment{.nodes = {}, .values = pattern.values, .variables = pattern.variables, .types = {}};
  const auto of_value = [&](graph::ValueId id) { return graph::ValueId{intern(fragment.values, read.values[id.index])}; };
  const auto of_variable = [&](graph::StateId id) {
    return graph::Attribute{graph::StateId{intern(fragment.variables, read.variables[id.index])}};
  };
  for (const graph::Node& node : read.nodes) {
    graph::Node& copy = fragment.nodes.emplace_back(graph::Node{.op = node.op, .args = {}, .outputs = {}, .path = {}, .functions = {}});
    for (const graph::Argument& argument : node.args) {
      copy.args.push_back({argument.name, substitute(argument.value, of_value, of_variable)});
    }
    for (const graph::ValueId output : node.outputs) copy.outputs.push_back(of_value(output));
  }
  fragment.types.resize(fragment.values.size());
  for (size_t i = 0; i < read.values.size(); ++i) fragment.types[intern(fragment.values, read.values[i])] = read.types[i];
  return fragment;
}

// What the replacement reads it also has: values of the pattern, or what it made before.
Result<void> check_replacement(const CompiledRule& rule) {
  std::vector<bool> known(rule.replacement.values.size());
  std::fill_n(known.begin(), rule.pattern.values.size(), true);
  for (const graph::Node& node : rule.replacement.nodes) {
    bool complete = true;
    graph::for_each_operand(node, [&](graph::ValueId id) { complete &= known[id.index]; });
    if (!complete) return Error{.code = Code::kInternal, .what = "the replacement reads what nothing makes", .op = node.op};
    for (const graph::ValueId output : node.outputs) known[output.index] = true;
  }
  const std::vector<graph::ValueId>& last = rule.replacement.nodes.back().outputs;
  if (last.size() != 1 || last[0] != rule.root) return Error{.code = Code::kInternal, .what = "the replacement does not end with the root"};
  return {};
}

Result<CompiledRule> compile_texts(const Rule& rule) {
  CompiledRule compiled{.rule = &rule, .pattern = {}, .replacement = {}, .makers = {}, .root = {}};
  KELT_ASSIGN_OR_RETURN(compiled.pattern, graph::parse_fragment(rule.pattern));
  KELT_ASSIGN_OR_RETURN(const graph::Fragment replacement, graph::parse_fragment(rule.replacement));
  if (compiled.pattern.nodes.empty() || replacement.nodes.empty()) return Error{.code = Code::kInternal, .what = "an empty text"};
  compiled.makers.resize(compiled.pattern.values.size());
  for (size_t i = 0; i < compiled.pattern.nodes.size(); ++i) {
    for (const graph::ValueId output : compiled.pattern.nodes[i].outputs) compiled.makers[output.index].push_back(static_cast<int>(i));
  }
  if (compiled.pattern.nodes.back().outputs.size() != 1) return Error{.code = Code::kInternal, .what = "a root of several values"};
  compiled.root = compiled.pattern.nodes.back().outputs[0];
  if (!rule.shared.empty()) {
    const auto found = std::ranges::find(compiled.pattern.values, rule.shared);
    if (found == compiled.pattern.values.end()) return Error{.code = Code::kInternal, .what = "the shared value is none of the pattern"};
    compiled.shared = static_cast<int>(found - compiled.pattern.values.begin());
  }
  compiled.replacement = renumber(replacement, compiled.pattern);
  KELT_RETURN_IF_ERROR(check_replacement(compiled));
  return compiled;
}

}  // namespace

Result<CompiledRule> compile(const Rule& rule) { return compile_texts(rule).note("in the rule " + std::string(rule.name)); }

}  // namespace kelt::rewrite
