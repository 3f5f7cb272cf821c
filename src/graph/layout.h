// graph/layout.h — where the bytes of a module's weights stand in its text form: small ones in the text, the others in
// one file beside it, each at a multiple of 64, equal sources once.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/module.h"

namespace kelt::graph {

inline constexpr char kTextFile[] = "module.kelt";
inline constexpr char kWeightsFile[] = "weights.bin";  // until `save` names it by its content
inline constexpr uint64_t kWeightAlignment = 64;
inline constexpr size_t kInlineBytes = 64;  // a weight of at most this many bytes is written into the text

struct WeightPlace {
  std::optional<uint64_t> offset;  // in the file of weights; none: in the text
  bool first = true;               // the first weight at this offset: the one that is written
};

struct WeightLayout {
  std::vector<WeightPlace> places;  // one a weight
  uint64_t size = 0;                // of the file of weights
};

[[nodiscard]] WeightLayout layout_weights(const std::vector<Weight>& weights);

}  // namespace kelt::graph
