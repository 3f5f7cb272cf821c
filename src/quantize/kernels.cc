#include "quantize/kernels.h"

#include <algorithm>

namespace kelt::quantize {
namespace {

using Op = litert::BuiltinOperator;

constexpr Kernel kKernels[] = {
    {.op = Op::FULLY_CONNECTED, .weights = 1, .axis = 0, .dynamic = true, .four = true, .blocks = true, .two = true},
    {.op = Op::CONV_2D, .weights = 1, .axis = 0, .dynamic = true, .four = true},
    {.op = Op::DEPTHWISE_CONV_2D, .weights = 1, .axis = 3, .dynamic = false},
    {.op = Op::TRANSPOSE_CONV, .weights = 1, .axis = 0, .dynamic = true, .input = 2, .bias = 3},
    {.op = Op::BATCH_MATMUL, .weights = 1, .axis = -1, .dynamic = true},
};

// Blocks along the rows of a matrix.
bool runs_in_blocks(const Quantized& weights) {
  const Shape blocks = block_shape(weights);
  return blocks.size() == 2 && blocks[0] == 1 && is_block_length(blocks[1]) && weights.values.shape[0] >= kFewestRowsInBlocks;
}

}  // namespace

bool is_block_length(int64_t length) { return length > 0 && length % 32 == 0; }

std::span<const Kernel> kernels() { return kKernels; }

const Kernel* kernel_of(litert::BuiltinOperator op) {
  const auto* const found = std::ranges::find(kKernels, op, &Kernel::op);
  return found == std::end(kKernels) ? nullptr : found;
}

int channels_of(const litert::Operator& op, const Kernel& kernel, size_t rank) {
  if (kernel.axis >= 0) return kernel.axis;
  const auto* product = op.options.AsBatchMatMulOptions();
  return static_cast<int>(rank) - (product != nullptr && product->adj_y ? 2 : 1);
}

Result<bool> takes(const litert::Operator& op, const Quantized& weights) {
  if (weights.values.shape.empty()) return false;
  const Kernel& kernel = *kernel_of(op.code);
  const bool eight = weights.bits == 8;
  const bool four = weights.bits == 4 && kernel.four && weights.values.shape.back() % 2 == 0;  // a row begins with a byte
  const auto axis = channel_axis(weights);
  const bool two = weights.bits == 2 && kernel.two && weights.values.shape.back() % 4 == 0;  // likewise
  const bool along = axis && (*axis == -1 || *axis == channels_of(op, kernel, weights.values.shape.size()));
  if (!(along && (eight || four || two)) && !(kernel.blocks && four && runs_in_blocks(weights))) return false;
  return is_symmetric(weights);
}

}  // namespace kelt::quantize
