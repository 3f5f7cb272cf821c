// litert/place.h — where a tensor stands in a model.

#pragma once

#include <compare>

#include "litert/model.h"

namespace kelt::litert {

struct Place {
  int subgraph = 0;
  TensorId tensor = kNoTensor;
  friend auto operator<=>(const Place&, const Place&) = default;
};

}  // namespace kelt::litert
