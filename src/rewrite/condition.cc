#include "rewrite/condition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace kelt::rewrite {
namespace {

constexpr int kMostMakers = 12;  // between a value and what tells of it

std::optional<graph::ValueId> tensor(const graph::Node& node, std::string_view name) {
  const graph::Argument* argument = graph::find_argument(node, name);
  const auto* id = argument == nullptr ? nullptr : std::get_if<graph::ValueId>(&argument->value.value);
  return id == nullptr ? std::nullopt : std::optional(*id);
}

Sign sign_within(const Index& index, graph::ValueId id, int depth) {
  if (const auto number = index.scalar(id)) return is_positive(number) ? Sign::kPositive : Sign::kAny;
  const graph::Node* node = index.maker_node(id);
  if (node == nullptr || depth > kMostMakers) return Sign::kAny;
  const std::string_view op = node->op;
  if (op == "square" || op == "abs" || op == "exp" || op == "var") return Sign::kNotNegative;
  if (op == "moments") return node->outputs[1] == id ? Sign::kNotNegative : Sign::kAny;
  const auto x = tensor(*node, "x"), x1 = tensor(*node, "x1"), x2 = tensor(*node, "x2");
  // A positive number may underflow in a mean.
  if (x && (op == "mean" || op == "sum")) return std::min(sign_within(index, *x, depth + 1), Sign::kNotNegative);
  if (!x1 || !x2) return Sign::kAny;
  if (op == "multiply" && *x1 == *x2) return Sign::kNotNegative;
  if (op != "add") return Sign::kAny;
  const Sign a = sign_within(index, *x1, depth + 1), b = sign_within(index, *x2, depth + 1);
  return std::min(a, b) == Sign::kAny ? Sign::kAny : std::max(a, b);
}

bool is_finite_within(const Index& index, graph::ValueId id, int depth);

bool operands_are_finite(const Index& index, const graph::Node& node, int depth) {
  return std::ranges::all_of(node.args, [&](const graph::Argument& argument) {
    const auto* operand = std::get_if<graph::ValueId>(&argument.value.value);
    return operand == nullptr || is_finite_within(index, *operand, depth + 1);
  });
}

bool is_finite_within(const Index& index, graph::ValueId id, int depth) {
  constexpr std::array<std::string_view, 5> kFinite = {"einsum", "matmul", "dot", "tensordot", "arange"};
  constexpr std::array<std::string_view, 15> kStays = {"tanh",     "add",     "subtract",    "multiply",     "where",
                                                       "cast",     "reshape", "expand_dims", "broadcast_to", "transpose",
                                                       "moveaxis", "slice",   "get_item",    "take",         "take_along_axis"};
  if (!is_float(index.type(id).dtype)) return true;
  const graph::Node* node = index.maker_node(id);
  if (node == nullptr || depth > kMostMakers) return false;
  if (std::ranges::find(kFinite, node->op) != kFinite.end()) return true;
  if (std::ranges::find(kStays, node->op) != kStays.end()) return operands_are_finite(index, *node, depth);
  const auto divisor = node->op == "divide" ? tensor(*node, "x2") : std::nullopt;
  if (divisor) return index.scalar(*divisor).value_or(0) != 0 && operands_are_finite(index, *node, depth);
  return index.is_finite_constant(*node);
}

}  // namespace

bool is_finite(const Index& index, graph::ValueId id) { return is_finite_within(index, id, 0); }

bool all_float32(const Match& match, std::initializer_list<std::string_view> names) {
  return std::ranges::all_of(names, [&](std::string_view name) { return match.type(name).dtype == DType::kFloat32; });
}

bool same_type(const Match& match, std::string_view a, std::string_view b) {
  const graph::Value &left = match.type(a), &right = match.type(b);
  return left.dtype == right.dtype && same_lengths(left.dims, right.dims);
}

std::optional<std::vector<int>> axes_of(const Match& match, std::string_view variable, int rank) {
  const graph::Attribute& attribute = match.attribute(variable);
  const auto* list = std::get_if<graph::List>(&attribute.value);
  std::vector<int> axes;
  for (const graph::Attribute& item : list != nullptr ? *list : graph::List{attribute}) {
    const auto* axis = std::get_if<int64_t>(&item.value);
    if (axis == nullptr || *axis < -rank || *axis >= rank) return std::nullopt;
    axes.push_back(static_cast<int>(*axis < 0 ? *axis + rank : *axis));
  }
  std::ranges::sort(axes);
  if (axes.empty() || std::ranges::adjacent_find(axes) != axes.end()) return std::nullopt;
  return axes;
}

bool fits_last_axis(const Match& match, std::string_view weight) {
  const Dims& dims = match.type("x").dims;
  const auto rank = static_cast<int>(dims.size());
  return all_float32(match, {"x", weight}) && same_type(match, "x", "y") && axes_of(match, "axis", rank) == std::vector<int>{rank - 1} &&
         same_lengths(match.type(weight).dims, {dims.back()});
}

bool is_positive(std::optional<double> number) {
  return number && *number >= std::numeric_limits<float>::min() && *number <= std::numeric_limits<float>::max();
}

Sign sign_of(const Index& index, graph::ValueId id) { return sign_within(index, id, 0); }

}  // namespace kelt::rewrite
