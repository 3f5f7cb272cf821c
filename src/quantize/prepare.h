// quantize/prepare.h — what is rewritten before a plan is made: halves become floats again, operators that have no kernel on integers
// are said in terms of those that have.

#pragma once

#include <map>

#include "litert/place.h"
#include "quantize/recipe.h"

namespace kelt::quantize {

// A tensor that is added holds the values of one that was there,
// moved: whoever has statistics of the one has those of the other. They are returned, each with the one that it stands for.
[[nodiscard]] std::map<litert::Place, litert::Place> prepare(litert::Model& model, const Recipe& recipe);

}  // namespace kelt::quantize
