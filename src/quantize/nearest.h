// quantize/nearest.h — the form nearest to the one that was asked for, of those that a kernel has.

#pragma once

#include "quantize/kernels.h"
#include "quantize/plan.h"

namespace kelt::quantize {

// For weights of this shape: shorter blocks become a scale for each channel, fewer bits 8. The decision says why.
[[nodiscard]] Decision nearest(const Kernel& kernel, const Shape& shape, Decision decision);

}  // namespace kelt::quantize
