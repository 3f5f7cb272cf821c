// quantize/pointwise.h — convolutions of 1×1 kernels that meet each pixel once are products, for which XNNPACK has kernels of 4 and 2 bits.

#pragma once

#include <vector>

#include "quantize/plan.h"
#include "quantize/weighted.h"

namespace kelt::quantize {

// Whether the operator computes what a FULLY_CONNECTED would, of the same weights as a matrix.
[[nodiscard]] bool is_pointwise(const Graph& graph, const litert::Operator& op);

// The form that the product takes, of a decision for fewer than 8 bits beside floats; of 8 bits where it has none either.
[[nodiscard]] Decision as_product(const Shape& weights, Decision decision);

// Makes products of the convolutions whose decisions are for fewer than 8 bits beside floats.
void make_products(litert::Subgraph& subgraph, const std::vector<Decision>& decisions);

}  // namespace kelt::quantize
