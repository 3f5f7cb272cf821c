// rewrite/power.cc — powers by a constant → products and roots.
//
// pow(x, 0.5) is not sqrt(x) everywhere: of -inf it is inf, of -0.0 it is 0.0. Roots are taken where x can be neither.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

bool power_keeps_type(Match& match) { return is_float(match.type("x").dtype) && same_type(match, "x", "y"); }
// What takes several steps would round between them.
bool power_in_float32(Match& match) { return power_keeps_type(match) && all_float32(match, {"x"}); }
bool root_is_real(Match& match) { return power_in_float32(match) && sign_of(match.index(), match.value("x")) != Sign::kAny; }
bool root_is_positive(Match& match) { return power_in_float32(match) && sign_of(match.index(), match.value("x")) == Sign::kPositive; }

}  // namespace

constexpr Rule kPowerOfOne{
    .name = "power of one",
    .pattern = "%y = power(x1=%x, x2=1.0)",
    .replacement = "%y = same(x=%x)",
    .condition = power_keeps_type,
};

constexpr Rule kSquare{
    .name = "square",
    .pattern = "%y = power(x1=%x, x2=2.0)",
    .replacement = "%y = square(x=%x)",
    .condition = power_keeps_type,
};

constexpr Rule kReciprocal{
    .name = "reciprocal",
    .pattern = "%y = power(x1=%x, x2=-1.0)",
    .replacement = "%y = reciprocal(x=%x)",
    .condition = power_keeps_type,
};

constexpr Rule kCube{
    .name = "cube",
    .pattern = "%y = power(x1=%x, x2=3.0)",
    .replacement = R"(
        %square = square(x=%x)
        %y = multiply(x1=%square, x2=%x))",
    .condition = power_in_float32,
};

constexpr Rule kFourthPower{
    .name = "fourth power",
    .pattern = "%y = power(x1=%x, x2=4.0)",
    .replacement = R"(
        %square = square(x=%x)
        %y = square(x=%square))",
    .condition = power_in_float32,
};

constexpr Rule kSquareRoot{
    .name = "square root",
    .pattern = "%y = power(x1=%x, x2=0.5)",
    .replacement = "%y = sqrt(x=%x)",
    .condition = root_is_real,
};

constexpr Rule kInverseRoot{
    .name = "inverse root",
    .pattern = "%y = power(x1=%x, x2=-0.5)",
    .replacement = "%y = rsqrt(x=%x)",
    .condition = root_is_positive,
};

}  // namespace kelt::rewrite
