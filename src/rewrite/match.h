// rewrite/match.h — a place of a function where a pattern fits, and what its names stand for there.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/index.h"
#include "rewrite/pattern.h"

namespace kelt::rewrite {

// What a rule's condition looks at. Names are those of the pattern; another name is a bug and aborts.
class Match {
 public:
  Match(const Index& index, const CompiledRule& rule);

  [[nodiscard]] const Index& index() const { return *index_; }
  [[nodiscard]] graph::ValueId value(std::string_view name) const;
  [[nodiscard]] const graph::Value& type(std::string_view name) const { return index_->type(value(name)); }
  // Whether a node that matched gave the variable a value, None or another.
  [[nodiscard]] bool is_bound(std::string_view name) const;
  // None where it is not bound.
  [[nodiscard]] const graph::Attribute& attribute(std::string_view name) const;
  [[nodiscard]] std::optional<double> number(std::string_view name) const { return number_in(attribute(name)); }
  // A variable that the replacement reads.
  void set(std::string_view name, graph::Attribute value);

 private:
  friend class Matcher;
  friend class Replacer;

  struct Bindings {
    std::vector<graph::ValueId> values;                      // by value of the pattern; -1: none yet
    std::vector<std::optional<graph::Attribute>> variables;  // by variable of the replacement, which has those of the pattern
    std::map<std::string, Dim> dims;
    std::set<int> nodes;   // of the function: what the pattern makes, without the root
    std::set<int> shared;  // those that stay
  };

  const Index* index_;
  const CompiledRule* rule_;
  Bindings bound_;
};

// The match of the rule with node number `root` as its root, if there is one that fulfils the condition.
[[nodiscard]] std::optional<Match> find_match(const Index& index, const CompiledRule& rule, int root);

}  // namespace kelt::rewrite
