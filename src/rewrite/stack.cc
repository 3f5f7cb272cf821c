// rewrite/stack.cc — reshape(stack([a, b], axis=i)), the new axis merged with the next → concatenate([a, b], axis=i); and
// concatenate(split(x)) → x.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

// The result is as long as both together along one axis, the one where they were stacked.
bool merges_with_the_next(Match& match) {
  const Dims& a = match.type("a").dims;
  const auto axis = axes_of(match, "axis", static_cast<int>(a.size()) + 1);
  if (!axis || axis->size() != 1 || axis->front() >= static_cast<int>(a.size()) || !same_type(match, "a", "b")) return false;
  Dims both = a;
  both[axis->front()] = both[axis->front()] * Dim(2);
  match.set("along", {static_cast<int64_t>(axis->front())});
  return match.type("y").dims == both;
}

bool joins_along_the_same_axis(Match& match) {
  const int rank = static_cast<int>(match.type("x").dims.size());
  const auto split = axes_of(match, "axis", rank), joined = axes_of(match, "along", rank);
  return split && joined && *split == *joined && same_type(match, "x", "y");
}

}  // namespace

constexpr Rule kJoinedSplit{
    .name = "halves that were split, together",
    .pattern = R"(
        %a, %b = split(x=%x, indices_or_sections=2, axis=$axis)
        %y = concatenate(xs=[%a, %b], axis=$along))",
    .replacement = "%y = same(x=%x)",
    .condition = joins_along_the_same_axis,
};

constexpr Rule kMergedStack{
    .name = "stack along an axis that is merged with the next",
    .pattern = R"(
        %both = stack(x=[%a, %b], axis=$axis)
        %y = reshape(x=%both, newshape=$shape))",
    .replacement = "%y = concatenate(xs=[%a, %b], axis=$along)",
    .condition = merges_with_the_next,
};

}  // namespace kelt::rewrite
