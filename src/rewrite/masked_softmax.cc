// rewrite/masked_softmax.cc — softmax(where(mask, x, -1e9)), and zeros where it was masked → the op that says it.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

constexpr double kLow = -1e8;  // what a softmax gives no weight beside any logit that is kept
// What else is masked, a logarithm of zero or a bias that is given, may be there to be hidden: arithmetic would spread it.
bool masks_finite_logits(Match& match) {
  const auto low = match.number("low");
  return low && *low <= kLow && all_float32(match, {"x"}) && same_type(match, "x", "hidden") && is_finite(match.index(), match.value("x"));
}

}  // namespace

constexpr Rule kMaskedSoftmax{
    .name = "softmax of what is not masked",
    .pattern = R"(
        %hidden = where(condition=%mask, x1=%x, x2=$low)
        %y = softmax(x=%hidden, axis=$axis))",
    .replacement = "%y = masked_softmax(x=%x, mask=%mask, axis=$axis, masked_is_zero=False)",
    .condition = masks_finite_logits,
};

constexpr Rule kMaskedSoftmaxZeroed{
    .name = "zeros where a softmax was masked",
    .pattern = R"(
        %weights = masked_softmax(x=%x, mask=%mask, axis=$axis, masked_is_zero=False)
        %y = where(condition=%mask, x1=%weights, x2=0.0))",
    .replacement = "%y = masked_softmax(x=%x, mask=%mask, axis=$axis, masked_is_zero=True)",
};

}  // namespace kelt::rewrite
