// quantize/prepare.h — operators that have no kernel on integers, in terms of those that have.

#pragma once

#include <map>

#include "litert/place.h"
#include "quantize/recipe.h"

namespace kelt::quantize {

// Rewrites the model where the recipe asks for integers throughout. A tensor that is added holds the values of one that was there,
// moved: whoever has statistics of the one has those of the other. They are returned, each with the one that it stands for.
[[nodiscard]] std::map<litert::Place, litert::Place> prepare(litert::Model& model, const Recipe& recipe);

}  // namespace kelt::quantize
