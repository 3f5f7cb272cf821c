// rewrite/layer_normalization.cc — (x - mean) / sqrt(variance + epsilon), its scale and its shift → layer_normalization.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

// The mean and the variance are of the same axes; `moments` has only one variable for them.
bool same_axes(const Match& match, const std::vector<int>& axes, int rank) {
  return !match.is_bound("axes") || axes_of(match, "axes", rank) == axes;
}

bool is_layer_normalization(Match& match) {
  const auto rank = static_cast<int>(match.type("x").dims.size());
  const auto axes = axes_of(match, "axis", rank);
  return all_float32(match, {"x"}) && same_type(match, "x", "y") && axes && same_axes(match, *axes, rank) &&
         is_positive(match.number("epsilon"));
}

bool takes_gamma(Match& match) { return fits_last_axis(match, "gamma"); }
bool takes_beta(Match& match) { return fits_last_axis(match, "beta"); }
bool is_scaled_normalization(Match& match) { return takes_gamma(match) && is_layer_normalization(match); }

}  // namespace

constexpr Rule kLayerNormalization{
    .name = "layer normalization",
    .pattern = R"(
        %mean = mean(x=%x, axis=$axis, keepdims=True)
        %centred = subtract(x1=%x, x2=%mean)
        %squares = square(x=%centred)
        %squares = multiply(x1=%centred, x2=%centred)
        %variance = mean(x=%squares, axis=$axes, keepdims=True)
        %variance = var(x=%x, axis=$axes, keepdims=True)
        %mean, %variance = moments(x=%x, axes=$axis, keepdims=True, synchronized=False)
        %sum = add(x1=%variance, x2=$epsilon)
        %root = sqrt(x=%sum)
        %inverse = rsqrt(x=%sum)
        %inverse = divide(x1=1.0, x2=%root)
        %inverse = reciprocal(x=%root)
        %y = divide(x1=%centred, x2=%root)
        %y = multiply(x1=%centred, x2=%inverse))",
    .replacement = "%y = layer_normalization(x=%x, gamma=None, beta=None, axis=$axis, epsilon=$epsilon)",
    .condition = is_layer_normalization,
};

constexpr Rule kLayerNormalizationScaled{
    .name = "layer normalization, scaled before it is divided",
    .pattern = R"(
        %mean = mean(x=%x, axis=$axis, keepdims=True)
        %centred = subtract(x1=%x, x2=%mean)
        %squares = square(x=%centred)
        %squares = multiply(x1=%centred, x2=%centred)
        %variance = mean(x=%squares, axis=$axes, keepdims=True)
        %variance = var(x=%x, axis=$axes, keepdims=True)
        %mean, %variance = moments(x=%x, axes=$axis, keepdims=True, synchronized=False)
        %sum = add(x1=%variance, x2=$epsilon)
        %root = sqrt(x=%sum)
        %inverse = rsqrt(x=%sum)
        %inverse = divide(x1=1.0, x2=%root)
        %inverse = reciprocal(x=%root)
        %scaled = multiply(x1=%gamma, x2=%centred)
        %factor = multiply(x1=%gamma, x2=%inverse)
        %y = divide(x1=%scaled, x2=%root)
        %y = multiply(x1=%scaled, x2=%inverse)
        %y = multiply(x1=%factor, x2=%centred))",
    .replacement = "%y = layer_normalization(x=%x, gamma=%gamma, beta=None, axis=$axis, epsilon=$epsilon)",
    .condition = is_scaled_normalization,
};

constexpr Rule kLayerScale{
    .name = "scale of a layer normalization",
    .pattern = R"(
        %normal = layer_normalization(x=%x, gamma=None, beta=None, axis=$axis, epsilon=$epsilon)
        %y = multiply(x1=%gamma, x2=%normal))",
    .replacement = "%y = layer_normalization(x=%x, gamma=%gamma, beta=None, axis=$axis, epsilon=$epsilon)",
    .condition = takes_gamma,
};

constexpr Rule kLayerShift{
    .name = "shift of a layer normalization",
    .pattern = R"(
        %normal = layer_normalization(x=%x, gamma=%gamma, beta=None, axis=$axis, epsilon=$epsilon)
        %y = add(x1=%beta, x2=%normal))",
    .replacement = "%y = layer_normalization(x=%x, gamma=%gamma, beta=%beta, axis=$axis, epsilon=$epsilon)",
    .condition = takes_beta,
};

constexpr Rule kLayerShiftUnscaled{
    .name = "shift of a layer normalization without a scale",
    .pattern = R"(
        %normal = layer_normalization(x=%x, gamma=None, beta=None, axis=$axis, epsilon=$epsilon)
        %y = add(x1=%beta, x2=%normal))",
    .replacement = "%y = layer_normalization(x=%x, gamma=None, beta=%beta, axis=$axis, epsilon=$epsilon)",
    .condition = takes_beta,
};

}  // namespace kelt::rewrite
