// rewrite/masked_softmax.cc — softmax(where(mask, x, -1e9)), and zeros where it was masked → the op that says it.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

constexpr double kLow = -1e8;    // what a softmax gives no weight beside any logit that is kept
constexpr int kMostBetween = 4;  // between a product and the softmax: a scale, a bias, a cap

// Whether the value follows from products: such numbers are finite where the operands are, so that arithmetic may mask them. What
// else is masked, a logarithm of zero, say, may be there to be hidden.
bool is_product(const Index& index, graph::ValueId id, int depth = 0) {
  const graph::Node* node = index.maker_node(id);
  if (node == nullptr || depth > kMostBetween) return false;
  if (node->op == "einsum" || node->op == "matmul" || node->op == "dot" || node->op == "tensordot") return true;
  if (node->op != "multiply" && node->op != "divide" && node->op != "add" && node->op != "tanh") return false;
  for (const graph::Argument& argument : node->args) {
    const auto* operand = std::get_if<graph::ValueId>(&argument.value.value);
    if (operand != nullptr && is_product(index, *operand, depth + 1)) return true;
  }
  return false;
}

bool masks_products(Match& match) {
  const auto low = match.number("low");
  return low && *low <= kLow && all_float32(match, {"x"}) && same_type(match, "x", "hidden") && is_product(match.index(), match.value("x"));
}

}  // namespace

constexpr Rule kMaskedSoftmax{
    .name = "softmax of what is not masked",
    .pattern = R"(
        %hidden = where(condition=%mask, x1=%x, x2=$low)
        %y = softmax(x=%hidden, axis=$axis))",
    .replacement = "%y = masked_softmax(x=%x, mask=%mask, axis=$axis, masked_is_zero=False)",
    .condition = masks_products,
};

constexpr Rule kMaskedSoftmaxZeroed{
    .name = "zeros where a softmax was masked",
    .pattern = R"(
        %weights = masked_softmax(x=%x, mask=%mask, axis=$axis, masked_is_zero=False)
        %y = where(condition=%mask, x1=%weights, x2=0.0))",
    .replacement = "%y = masked_softmax(x=%x, mask=%mask, axis=$axis, masked_is_zero=True)",
};

}  // namespace kelt::rewrite
