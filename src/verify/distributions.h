// verify/distributions.h — histograms of layers' results and constants, in floats and as the quantized file has them.

#pragma once

#include <span>

#include "verify/quantized.h"
#include "verify/twins.h"

namespace kelt::verify {

// Of the constants in integers or halves that the layers read.
[[nodiscard]] Result<std::vector<Distribution>> distributions_of_constants(const quantize::Graph& floats, const quantize::Graph& quantized,
                                                                           const Twins& twins, std::span<const litert::TensorId> constants);

}  // namespace kelt::verify
