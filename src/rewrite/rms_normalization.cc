// rewrite/rms_normalization.cc — x / sqrt(mean(x²) + epsilon) and its scale → rms_normalization.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

bool is_rms_normalization(Match& match) {
  return all_float32(match, {"x"}) && same_type(match, "x", "y") && axes_of(match, "axis", static_cast<int>(match.type("x").dims.size())) &&
         is_positive(match.number("epsilon"));
}

bool takes_scale(Match& match) { return fits_last_axis(match, "scale"); }

}  // namespace

constexpr Rule kRmsNormalization{
    .name = "rms normalization",
    .pattern = R"(
        %squares = square(x=%x)
        %squares = multiply(x1=%x, x2=%x)
        %mean = mean(x=%squares, axis=$axis, keepdims=True)
        %sum = add(x1=%mean, x2=$epsilon)
        %root = sqrt(x=%sum)
        %inverse = rsqrt(x=%sum)
        %inverse = divide(x1=1.0, x2=%root)
        %inverse = reciprocal(x=%root)
        %y = divide(x1=%x, x2=%root)
        %y = multiply(x1=%x, x2=%inverse))",
    .replacement = "%y = rms_normalization(x=%x, scale=None, axis=$axis, epsilon=$epsilon)",
    .condition = is_rms_normalization,
};

constexpr Rule kRmsScale{
    .name = "scale of an rms normalization",
    .pattern = R"(
        %normal = rms_normalization(x=%x, scale=None, axis=$axis, epsilon=$epsilon)
        %y = multiply(x1=%scale, x2=%normal))",
    .replacement = "%y = rms_normalization(x=%x, scale=%scale, axis=$axis, epsilon=$epsilon)",
    .condition = takes_scale,
};

}  // namespace kelt::rewrite
