#include "search/groups.h"

#include <algorithm>
#include <map>

#include "base/disjoint_sets.h"
#include "quantize/layers.h"
#include "quantize/weighted.h"

namespace kelt::search {
namespace {

// The large float constants that the operator reads.
std::vector<std::string> constants_of(const quantize::Graph& graph, const litert::Operator& op, int64_t min_elements) {
  std::vector<std::string> found;
  for (const litert::TensorId id : op.inputs) {
    const auto floats = graph.floats(id);
    if (floats && static_cast<int64_t>(floats->count()) >= min_elements) found.push_back(floats->source->identity());
  }
  return found;
}

}  // namespace

std::vector<Group> groups_of(const litert::Model& model, const quantize::Recipe& recipe) {
  struct Placed {
    Layer layer;
    std::pair<size_t, size_t> at;
  };
  std::vector<Placed> found;
  DisjointSets sets;
  std::map<std::string, size_t> by_constant;
  std::map<Layer, size_t> by_layer;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    const litert::Subgraph& subgraph = model.subgraphs[index];
    const quantize::Graph graph(subgraph);
    for (size_t op = 0; op < subgraph.operators.size(); ++op) {
      const std::vector<std::string> constants =
          constants_of(graph, subgraph.operators[op], quantize::min_elements_of(recipe, subgraph.operators[op].code));
      if (constants.empty()) continue;
      const size_t set = sets.add();
      const Layer layer{quantize::layer_of(subgraph, subgraph.operators[op]), subgraph.operators[op].code};
      sets.join(by_layer.try_emplace(layer, set).first->second, set);
      for (const std::string& constant : constants) sets.join(by_constant.try_emplace(constant, set).first->second, set);
      found.push_back({layer, {index, op}});
    }
  }
  std::map<size_t, Group> groups;  // by root, which is the first of them
  for (size_t at = 0; at < found.size(); ++at) {
    Group& group = groups[sets.root(at)];
    if (std::ranges::find(group.layers, found[at].layer) == group.layers.end()) group.layers.push_back(found[at].layer);
    group.operators.push_back(found[at].at);
  }
  std::vector<Group> all;
  for (auto& [root, group] : groups) all.push_back(std::move(group));
  return all;
}

quantize::Recipe recipe_of(const quantize::Recipe& given, std::span<const Group> groups, std::span<const quantize::Form> forms) {
  struct Wanted {
    Layer layer;
    quantize::Form form;
  };
  std::vector<Wanted> wanted;
  for (size_t group = 0; group < groups.size(); ++group) {
    for (const Layer& layer : groups[group].layers) wanted.push_back({layer, forms[group]});
  }
  // A pattern also matches the layers within: these come behind.
  std::ranges::stable_sort(wanted, {}, [](const Wanted& one) { return std::ranges::count(one.layer.path, '/'); });
  quantize::Recipe recipe = given;
  recipe.goal.reset();
  recipe.form = {};
  recipe.rules.clear();
  for (const auto& [layer, form] : wanted) {
    const bool is_within = std::ranges::any_of(recipe.rules, [&](const quantize::Rule& rule) {
      return rule.ops.front() == layer.op && quantize::matches(rule.layers, layer.path);
    });
    if (form.kind != quantize::Kind::kFloat || is_within) recipe.rules.push_back({layer.path, {layer.op}, form});
  }
  recipe.rules.insert(recipe.rules.end(), given.rules.begin(), given.rules.end());
  return recipe;
}

}  // namespace kelt::search
