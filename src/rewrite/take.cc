// rewrite/take.cc — take(x, arange(n)) → x, where n is the length of the axis, or its first n places.

#include <memory>

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

constexpr std::string_view kTakeOfIota = R"(
        %places = arange(start=$count, stop=None, step=None, dtype=$dtype)
        %places = arange(start=$count, stop=None, step=1, dtype=$dtype)
        %places = arange(start=0, stop=$count, step=None, dtype=$dtype)
        %places = arange(start=0, stop=$count, step=1, dtype=$dtype)
        %y = take(x=%x, indices=%places, axis=$axis))";

struct Taken {
  int axis;
  Dim length, count;
};

std::optional<Taken> taken(const Match& match) {
  const Dims& dims = match.type("x").dims;
  const auto axes = axes_of(match, "axis", static_cast<int>(dims.size()));
  if (!axes || axes->size() != 1) return std::nullopt;
  const graph::Attribute& count = match.attribute("count");
  const Dim& length = dims[(*axes)[0]];
  if (const auto* dim = std::get_if<Dim>(&count.value)) return Taken{(*axes)[0], length, *dim};
  if (const auto* number = std::get_if<int64_t>(&count.value)) return Taken{(*axes)[0], length, Dim(*number)};
  return std::nullopt;
}

bool takes_all(Match& match) {
  const auto found = taken(match);
  return found && same_length(found->count, found->length) && same_type(match, "x", "y");
}

bool takes_first(Match& match) {
  const auto found = taken(match);
  if (!found) return false;
  const auto count = found->count.value(), length = found->length.value();
  if (!count || !length || *count < 0 || *count >= *length) return false;
  const auto slice_to = [](graph::Attribute stop) {
    return graph::Attribute{std::make_shared<const graph::Slice>(graph::Slice{{graph::None{}}, std::move(stop), {graph::None{}}})};
  };
  graph::List key(static_cast<size_t>(found->axis), slice_to({graph::None{}}));
  key.push_back(slice_to({*count}));
  match.set("key", {std::move(key)});
  return true;
}

}  // namespace

constexpr Rule kTakeAll{
    .name = "take of all places",
    .pattern = kTakeOfIota,
    .replacement = "%y = same(x=%x)",
    .condition = takes_all,
    .shared = "places",
};

constexpr Rule kTakeFirst{
    .name = "take of the first places",
    .pattern = kTakeOfIota,
    .replacement = "%y = get_item(x=%x, key=$key)",
    .condition = takes_first,
    .shared = "places",
};

}  // namespace kelt::rewrite
