#include "graph/module.h"

#include <algorithm>
#include <cmath>

namespace kelt::graph {
namespace {

// A NaN equals a NaN, and 0.0 differs from -0.0: equality is "prints the same".
bool same_double(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

}  // namespace

bool operator==(const Attribute& a, const Attribute& b) {
  if (a.value.index() != b.value.index()) return false;
  if (const auto* number = std::get_if<double>(&a.value)) return same_double(*number, std::get<double>(b.value));
  if (const auto* slice = std::get_if<std::shared_ptr<const Slice>>(&a.value)) {
    return **slice == *std::get<std::shared_ptr<const Slice>>(b.value);
  }
  return a.value == b.value;
}

bool operator==(const Node& a, const Node& b) {
  return a.op == b.op && a.args == b.args && a.outputs == b.outputs && a.path == b.path && a.functions == b.functions;
}

const Argument* find_argument(const Node& node, std::string_view name) {
  const auto found = std::ranges::find(node.args, name, &Argument::name);
  return found == node.args.end() ? nullptr : &*found;
}

}  // namespace kelt::graph
