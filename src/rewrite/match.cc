// Patterns are matched with backtracking: what is still to be compared is a stack of goals.

#include "rewrite/match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace kelt::rewrite {
namespace {

using graph::Attribute;
using graph::ValueId;

constexpr double kSameNumber = 2e-7;  // relative: the rounding of a float32, so that 1.41421356 is the root of 2

bool is_commutative(std::string_view op) {
  constexpr std::array<std::string_view, 4> kOps = {"add", "multiply", "maximum", "minimum"};
  return std::ranges::find(kOps, op) != kOps.end();
}

bool is_number(const Attribute& attribute) {
  return std::holds_alternative<double>(attribute.value) || std::holds_alternative<int64_t>(attribute.value);
}

bool same_number(double a, double b) { return a == b || std::abs(a - b) <= kSameNumber * std::abs(b); }

// Of attributes without values and variables.
bool same_attribute(const Attribute& a, const Attribute& b) {
  if (is_number(a) && is_number(b)) return same_number(*number_in(a), *number_in(b));
  return a == b;
}

// x1 for x2 and the other way round.
std::string_view swapped(std::string_view name) { return name == "x1" ? "x2" : name == "x2" ? "x1" : name; }

size_t index_of(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) std::abort();  // a rule that its tests have never run
  return static_cast<size_t>(found - names.begin());
}

}  // namespace

Match::Match(const Index& index, const CompiledRule& rule) : index_(&index), rule_(&rule) {
  bound_.values.resize(rule.pattern.values.size());
  bound_.variables.resize(rule.replacement.variables.size());
}

ValueId Match::value(std::string_view name) const { return bound_.values[index_of(rule_->pattern.values, name)]; }

bool Match::is_bound(std::string_view name) const { return bound_.variables[index_of(rule_->replacement.variables, name)].has_value(); }

const Attribute& Match::attribute(std::string_view name) const {
  const std::optional<Attribute>& found = bound_.variables[index_of(rule_->replacement.variables, name)];
  static const Attribute none{graph::None{}};
  return found ? *found : none;
}

void Match::set(std::string_view name, Attribute value) {
  bound_.variables[index_of(rule_->replacement.variables, name)] = std::move(value);
}

class Matcher {
 public:
  Matcher(const Index& index, const CompiledRule& rule) : index_(index), rule_(rule), match_(index, rule) {}

  std::optional<Match> run(int root) {
    const ValueId output = index_.function().nodes[root].outputs[0];
    const Attribute pattern{rule_.root}, actual{output};
    if (!solve({{&pattern, &actual}})) return std::nullopt;
    match_.bound_.nodes.erase(root);
    if (!stands_alone(root)) return std::nullopt;
    if (rule_.rule->condition != nullptr && !rule_.rule->condition(match_)) return std::nullopt;
    return std::move(match_);
  }

 private:
  struct Goal {
    const Attribute* pattern;
    const Attribute* actual;
  };
  using Goals = std::vector<Goal>;

  bool solve(Goals goals) {
    while (!goals.empty()) {
      const Goal goal = goals.back();
      goals.pop_back();
      const auto* value = std::get_if<ValueId>(&goal.pattern->value);
      if (value != nullptr) {
        const auto* actual = std::get_if<ValueId>(&goal.actual->value);
        if (actual == nullptr) return false;
        const ValueId known = bound().values[value->index];
        if (known == *actual) continue;
        const std::vector<int>& makers = rule_.makers[value->index];
        if (known.index >= 0 && makers.empty()) return false;
        if (!fits(*value, *actual)) return false;
        if (!makers.empty()) return solve_maker(*value, goal.actual, goals);
        bound().values[value->index] = *actual;
      } else if (!compare(goal, goals)) {
        return false;
      }
    }
    return true;
  }

  // A value that a node of the pattern makes, or one of several.
  bool solve_maker(ValueId pattern, const Attribute* actual_argument, const Goals& goals) {
    const ValueId actual = std::get<ValueId>(actual_argument->value);
    const int number = index_.maker(actual);
    for (const int which : rule_.makers[pattern.index]) {
      const graph::Node& maker = rule_.pattern.nodes[which];
      if (maker.op == kSame) {
        const Match::Bindings before = bound();
        Goals more = goals;
        more.push_back({&maker.args[0].value, actual_argument});
        if (bound().values[pattern.index].index < 0) bound().values[pattern.index] = actual;
        if (solve(std::move(more))) return true;
        bound() = before;
      }
      if (number < 0) continue;
      const graph::Node& node = index_.function().nodes[number];
      if (maker.op != node.op || maker.outputs.size() != node.outputs.size() || !node.functions.empty()) continue;
      if (position(maker, pattern) != position(node, actual)) continue;
      for (const bool swap : {false, true}) {
        if (swap && !is_commutative(node.op)) break;
        const Match::Bindings before = bound();
        Goals more = goals;
        if (take_node(maker, number, swap, pattern, more) && solve(std::move(more))) return true;
        bound() = before;
      }
    }
    return false;
  }

  static std::ptrdiff_t position(const graph::Node& node, ValueId output) {
    return std::ranges::find(node.outputs, output) - node.outputs.begin();
  }

  // Binds the outputs of the node, unless they are those of one like it, and puts its arguments on the stack.
  bool take_node(const graph::Node& maker, int number, bool swap, ValueId pattern, Goals& goals) {
    const graph::Node& node = index_.function().nodes[number];
    const bool first = bound().values[pattern.index].index < 0;
    for (size_t i = 0; first && i < maker.outputs.size(); ++i) {
      ValueId& known = bound().values[maker.outputs[i].index];
      if (known.index >= 0 && known != node.outputs[i]) return false;
      known = node.outputs[i];
    }
    bound().nodes.insert(number);
    if (pattern.index == rule_.shared) bound().shared.insert(number);
    size_t found = 0;
    for (const graph::Argument& argument : node.args) {
      const graph::Argument* asked = graph::find_argument(maker, swap ? swapped(argument.name) : argument.name);
      if (asked != nullptr) {
        ++found;
        goals.push_back({&asked->value, &argument.value});
      } else if (!std::holds_alternative<graph::None>(argument.value.value)) {
        return false;
      }
    }
    return found == maker.args.size();
  }

  // Whether the value has the type that the pattern writes; binds its dims.
  bool fits(ValueId pattern, ValueId actual) {
    const graph::Fragment::Type& asked = rule_.pattern.types[pattern.index];
    const graph::Value& type = index_.type(actual);
    if (asked.dtype && *asked.dtype != type.dtype) return false;
    if (!asked.dims) return true;
    if (asked.dims->size() != type.dims.size()) return false;
    for (size_t i = 0; i < type.dims.size(); ++i) {
      const Dim& dim = (*asked.dims)[i];
      if (dim.is_unknown()) continue;
      if (dim.is_static() ? dim != type.dims[i] : !bind_dim(dim.to_string(), type.dims[i])) return false;
    }
    return true;
  }

  bool bind_dim(const std::string& name, const Dim& dim) {
    const auto [found, fresh] = bound().dims.emplace(name, dim);
    return fresh || same_length(found->second, dim);
  }

  // Anything but a value of the pattern.
  bool compare(const Goal& goal, Goals& goals) {
    if (const auto* variable = std::get_if<graph::StateId>(&goal.pattern->value)) return bind(*variable, *goal.actual);
    if (const auto* id = std::get_if<ValueId>(&goal.actual->value)) {
      const auto number = is_number(*goal.pattern) ? index_.scalar(*id) : std::nullopt;
      return number && same_number(*number, *number_in(*goal.pattern));
    }
    if (const auto* list = std::get_if<graph::List>(&goal.pattern->value)) {
      const auto* actual = std::get_if<graph::List>(&goal.actual->value);
      if (actual == nullptr || actual->size() != list->size()) return false;
      for (size_t i = 0; i < list->size(); ++i) goals.push_back({&(*list)[i], &(*actual)[i]});
      return true;
    }
    return same_attribute(*goal.pattern, *goal.actual);
  }

  bool bind(graph::StateId variable, const Attribute& actual) {
    Attribute value = actual;
    if (const auto* id = std::get_if<ValueId>(&actual.value)) {
      const auto number = index_.scalar(*id);
      if (!number) return false;
      value = Attribute{*number};
    }
    std::optional<Attribute>& known = bound().variables[variable.index];
    if (known) return same_attribute(*known, value);
    known = std::move(value);
    return true;
  }

  // Nothing else reads what would vanish.
  [[nodiscard]] bool stands_alone(int root) {
    const auto inside = [&](int reader) { return reader == root || match_.bound_.nodes.contains(reader); };
    for (const int number : match_.bound_.nodes) {
      if (match_.bound_.shared.contains(number)) continue;
      for (const ValueId output : index_.function().nodes[number].outputs) {
        if (index_.is_output(output) || !std::ranges::all_of(index_.readers(output), inside)) return false;
      }
    }
    return true;
  }

  Match::Bindings& bound() { return match_.bound_; }

  const Index& index_;
  const CompiledRule& rule_;
  Match match_;
};

std::optional<Match> find_match(const Index& index, const CompiledRule& rule, int root) {
  const graph::Node& node = index.function().nodes[root];
  if (node.outputs.size() != 1) return std::nullopt;
  const auto could_make = [&](int maker) { return rule.pattern.nodes[maker].op == node.op; };
  if (std::ranges::none_of(rule.makers[rule.root.index], could_make)) return std::nullopt;
  return Matcher(index, rule).run(root);
}

}  // namespace kelt::rewrite
