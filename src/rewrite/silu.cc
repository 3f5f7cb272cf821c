// rewrite/silu.cc — x · sigmoid(x), 1 / (1 + exp(-x)) and x · relu6(x + 3) / 6 → silu, sigmoid and hard_silu.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

bool is_silu(Match& match) { return all_float32(match, {"x"}) && same_type(match, "x", "y"); }

}  // namespace

constexpr Rule kSilu{
    .name = "silu",
    .pattern = R"(
        %negative = negative(x=%x)
        %exp = exp(x=%negative)
        %sum = add(x1=1.0, x2=%exp)
        %gate = sigmoid(x=%x)
        %gate = divide(x1=1.0, x2=%sum)
        %gate = reciprocal(x=%sum)
        %y = multiply(x1=%x, x2=%gate)
        %y = divide(x1=%x, x2=%sum))",
    .replacement = "%y = silu(x=%x)",
    .condition = is_silu,
};

constexpr Rule kSigmoid{
    .name = "sigmoid",
    .pattern = R"(
        %negative = negative(x=%x)
        %exp = exp(x=%negative)
        %sum = add(x1=1.0, x2=%exp)
        %y = divide(x1=1.0, x2=%sum)
        %y = reciprocal(x=%sum))",
    .replacement = "%y = sigmoid(x=%x)",
    .condition = is_silu,
};

constexpr Rule kHardSilu{
    .name = "hard silu",
    .pattern = R"(
        %shifted = add(x1=%x, x2=3.0)
        %clipped = relu6(x=%shifted)
        %clipped = clip(x=%shifted, x_min=0.0, x_max=6.0)
        %gate = divide(x1=%clipped, x2=6.0)
        %gate = multiply(x1=%clipped, x2=0.16666666666666666)
        %gate = hard_sigmoid(x=%x)
        %whole = multiply(x1=%x, x2=%clipped)
        %y = multiply(x1=%x, x2=%gate)
        %y = divide(x1=%whole, x2=6.0)
        %y = multiply(x1=%whole, x2=0.16666666666666666))",
    .replacement = "%y = hard_silu(x=%x)",
    .condition = is_silu,
};

}  // namespace kelt::rewrite
