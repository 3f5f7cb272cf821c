// verify/corrected.h — a bias that makes up for what rounding the weights does to the mean of a layer's results.

#pragma once

#include <optional>

#include "quantize/weighted.h"
#include "verify/twins.h"
#include "verify/weights.h"

namespace kelt::verify {

// Whether the operator's bias says that it was corrected (quantize/layer_weights.h).
[[nodiscard]] bool has_corrected_bias(const quantize::Graph& graph, const litert::Operator& op);

// Such a bias beside the float file's, or beside zeros where that has none: no mean of inputs within ±`largest` moves a result by more
// than the sum of what its weights lost, and by more than that no bias was corrected. Empty where the weights are not in both files.
[[nodiscard]] Result<std::optional<Constant>> check_corrected_bias(const quantize::Graph& floats, const quantize::Graph& quantized,
                                                                   const Twins& twins, const litert::Operator& op, double largest);

}  // namespace kelt::verify
