// rewrite/rule.h — what a rule is, and the list of them.
//
// A pattern is nodes in the graph's own text form, with names for numbers (graph/parse.h: Fragment):
//
//   %mean = mean(x=%x, axis=$axis, keepdims=True)
//   %centred = subtract(x1=%x, x2=%mean)
//   %half: f32[n,8] = multiply(x1=%centred, x2=0.5)
//
// The last node's value is the root. A value that no node of the pattern makes matches any value; one that several make, any of
// these (`%y = same(x=%x)`: it may be %x itself). `%x: f32` and `%x: f32[n,8]` ask for a type: `n` stands for any dim, the same wherever it
// is written, `?` for any at all. A number or a `$name` in the place of a tensor matches a scalar constant. Operands of commutative ops
// match in either order. An argument that the pattern does not name must be None. What a pattern computes twice may be two nodes in the
// graph.
//
// A replacement is nodes of the same form, over the values and variables of its pattern; its last node makes the root. They take
// the root's place and its path, and the root's type where none is written. `%y = same(x=%x)`: whoever read %y reads %x.
//
// All that the pattern makes but the root must have no other reader, and not be an output, or the rule does not apply.

#pragma once

#include <span>
#include <string_view>

namespace kelt::rewrite {

class Match;  // match.h

struct Rule {
  std::string_view name;
  std::string_view pattern;
  std::string_view replacement;
  // What the text does not say; it may also compute variables for the replacement.
  bool (*condition)(Match& match) = nullptr;
  std::string_view shared = {};  // a value of the pattern that may have other readers, for which it stays
};

struct Entry {
  const Rule* rule = nullptr;
  std::string_view reason;  // why it exists, and stands where it stands
};

// In order of application.
[[nodiscard]] std::span<const Entry> table();

}  // namespace kelt::rewrite
