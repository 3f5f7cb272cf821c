#include "rewrite/rewrite.h"

#include <numeric>

#include "rewrite/replace.h"

namespace kelt::rewrite {
namespace {

// A bound against rules that undo each other.
constexpr int kMostRounds = 8;

// Whether the rule matched anywhere.
Result<bool> apply(const graph::Module& module, graph::Function& function, const CompiledRule& rule) {
  bool changed = false;
  Index index(module, function);
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    const auto root = static_cast<int>(i);
    const std::optional<Match> match = find_match(index, rule, root);
    if (!match) continue;
    const size_t before = function.nodes.size();
    KELT_RETURN_IF_ERROR(replace(function, *match, root).note("in the rule " + std::string(rule.rule->name)));
    index = Index(module, function);
    changed = true;
    // What was removed stood before the root.
    i -= std::min(i, before - std::min(before, function.nodes.size()));
  }
  return changed;
}

Result<std::vector<int>> rewrite_function(const graph::Module& module, graph::Function& function, std::span<const CompiledRule> rules) {
  for (graph::Node& node : function.nodes) {
    for (graph::Function& nested : node.functions) KELT_RETURN_IF_ERROR(rewrite_function(module, nested, rules));
  }
  bool changed = true, ever = false;
  const size_t values = function.values.size();
  for (int round = 0; round < kMostRounds && changed; ++round) {
    changed = false;
    for (const CompiledRule& rule : rules) {
      KELT_ASSIGN_OR_RETURN(const bool found, apply(module, function, rule));
      changed |= found;
    }
    ever |= changed;
  }
  std::vector<int> origins(values);
  std::iota(origins.begin(), origins.end(), 0);
  if (!ever) return origins;
  origins = renumber_values(function);
  for (int& origin : origins) origin = origin < static_cast<int>(values) ? origin : kNoOrigin;
  return origins;
}

}  // namespace

Result<Rewritten> rewrite_module(const graph::Module& module, std::span<const Entry> rules) {
  std::vector<CompiledRule> compiled;
  for (const Entry& entry : rules) {
    KELT_ASSIGN_OR_RETURN(CompiledRule rule, compile(*entry.rule));
    compiled.push_back(std::move(rule));
  }
  Rewritten rewritten{.module = module, .origins = {}};
  for (graph::Function& function : rewritten.module.functions) {
    KELT_ASSIGN_OR_RETURN(std::vector<int> origins, rewrite_function(module, function, compiled));
    rewritten.origins.push_back(std::move(origins));
  }
  return rewritten;
}

}  // namespace kelt::rewrite
