// quantize/shared.h — weights that several operators read, of one subgraph or of several: what is stored of them, and how often.

#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "quantize/plan.h"

namespace kelt::quantize {

// An operator, by its subgraph and place there.
struct Reader {
  size_t subgraph = 0;
  size_t op = 0;
};
// Readers of the same weights, where there are several.
[[nodiscard]] std::vector<std::vector<Reader>> shared_weights(const litert::Model& model);

// Where one of those that share weights reads them as floats, so that these are stored anyway, the others keep them too: their integers
// would be a further copy. Gives the subgraphs in which decisions changed.
std::set<size_t> settle_shared(const litert::Model& model, Plan& plan);

// A sentence for all weights that are stored more than once, as operators that share them have them in different forms. `weights_by`
// says how the integers of an operator were chosen ("gptq", "clip").
[[nodiscard]] std::vector<std::string> copies_of(const litert::Model& model, const Plan& plan,
                                                 const std::function<std::string(const Reader&)>& weights_by);

}  // namespace kelt::quantize
