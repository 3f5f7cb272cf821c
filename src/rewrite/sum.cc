// rewrite/sum.cc — x + 0 → x, where x is never -0.0, of which the sum is 0.0.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

bool adds_nothing(Match& match) {
  if (!same_type(match, "x", "y")) return false;
  const graph::Node* maker = match.index().maker_node(match.value("x"));
  return !is_float(match.type("x").dtype) || (maker != nullptr && maker->op == "arange");
}

}  // namespace

constexpr Rule kSumWithZero{
    .name = "sum with zero",
    .pattern = "%y = add(x1=%x, x2=0)",
    .replacement = "%y = same(x=%x)",
    .condition = adds_nothing,
};

}  // namespace kelt::rewrite
