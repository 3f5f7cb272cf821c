// rewrite/gelu.cc — x/2 · (1 + erf(x/√2)), and its approximation by tanh → gelu.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

bool is_gelu(Match& match) { return all_float32(match, {"x"}) && same_type(match, "x", "y"); }

}  // namespace

constexpr Rule kGelu{
    .name = "gelu",
    .pattern = R"(
        %scaled = divide(x1=%x, x2=1.4142135623730951)
        %scaled = multiply(x1=%x, x2=0.7071067811865476)
        %erf = erf(x=%scaled)
        %sum = add(x1=1.0, x2=%erf)
        %gate = multiply(x1=0.5, x2=%sum)
        %gate = divide(x1=%sum, x2=2.0)
        %half = multiply(x1=0.5, x2=%x)
        %half = divide(x1=%x, x2=2.0)
        %whole = multiply(x1=%x, x2=%sum)
        %y = multiply(x1=%half, x2=%sum)
        %y = multiply(x1=%x, x2=%gate)
        %y = multiply(x1=0.5, x2=%whole)
        %y = divide(x1=%whole, x2=2.0))",
    .replacement = "%y = gelu(x=%x, approximate=False)",
    .condition = is_gelu,
};

constexpr Rule kGeluByTanh{
    .name = "gelu by tanh",
    .pattern = R"(
        %square = square(x=%x)
        %square = multiply(x1=%x, x2=%x)
        %cube = multiply(x1=%x, x2=%square)
        %bend = multiply(x1=0.044715, x2=%cube)
        %low = multiply(x1=0.044715, x2=%x)
        %curve = multiply(x1=%low, x2=%x)
        %bend = multiply(x1=%curve, x2=%x)
        %bent = add(x1=%x, x2=%bend)
        %scaled = multiply(x1=0.7978845608028654, x2=%bent)
        %start = multiply(x1=0.7978845608028654, x2=%x)
        %curve = multiply(x1=0.044715, x2=%square)
        %factor = add(x1=1.0, x2=%curve)
        %scaled = multiply(x1=%start, x2=%factor)
        %tanh = tanh(x=%scaled)
        %sum = add(x1=1.0, x2=%tanh)
        %gate = multiply(x1=0.5, x2=%sum)
        %gate = divide(x1=%sum, x2=2.0)
        %half = multiply(x1=0.5, x2=%x)
        %half = divide(x1=%x, x2=2.0)
        %whole = multiply(x1=%x, x2=%sum)
        %y = multiply(x1=%half, x2=%sum)
        %y = multiply(x1=%x, x2=%gate)
        %y = multiply(x1=0.5, x2=%whole)
        %y = divide(x1=%whole, x2=2.0))",
    .replacement = "%y = gelu(x=%x, approximate=True)",
    .condition = is_gelu,
};

}  // namespace kelt::rewrite
