#include "graph/layout.h"

#include <string>
#include <unordered_map>

#include "graph/random.h"

namespace kelt::graph {

WeightLayout layout_weights(const std::vector<Weight>& weights) {
  WeightLayout layout;
  layout.places.reserve(weights.size());
  std::unordered_map<std::string, uint64_t> offsets;  // by identity of the source
  for (const Weight& weight : weights) {
    WeightPlace& place = layout.places.emplace_back();
    const size_t bytes = weight.array.bytes();
    if (bytes <= kInlineBytes || random_seed(weight.array)) continue;
    const uint64_t start = (layout.size + kWeightAlignment - 1) / kWeightAlignment * kWeightAlignment;
    const auto [known, inserted] = offsets.try_emplace(weight.array.source->identity(), start);
    place.offset = known->second;
    place.first = inserted;
    if (inserted) layout.size = start + bytes;
  }
  return layout;
}

}  // namespace kelt::graph
