// quantize/kernels.h — which quantized weights the kernels of each LiteRT operator take.

#pragma once

#include <cstdint>
#include <span>

#include "litert/model.h"
#include "weights/quantized.h"

namespace kelt::quantize {

struct Kernel {
  litert::BuiltinOperator op;
  size_t weights;     // their place among the operands
  int axis;           // along which scales may differ; -1 is the last
  bool dynamic;       // XNNPACK takes them beside float activations
  bool four = false;  // integers of 4 bits as well as of 8
  bool blocks = false;
  bool two = false;
  size_t input = 0;  // the place of the activations
  size_t bias = 2;
};

// A line an operator.
[[nodiscard]] std::span<const Kernel> kernels();
// The lengths of block that the kernels have.
[[nodiscard]] bool is_block_length(int64_t length);
// Of fewer rows in blocks the builtin kernels give something else than their product; XNNPACK's do not.
inline constexpr int64_t kFewestRowsInBlocks = 4;
// Null if the operator takes none.
[[nodiscard]] const Kernel* kernel_of(litert::BuiltinOperator op);
// The axis of weights of this rank along which the operator's scales may differ: that of the channels of its result.
[[nodiscard]] int channels_of(const litert::Operator& op, const Kernel& kernel, size_t rank);
// Whether these weights are as the operator's kernel takes them. Reads the zeros: all kernels want symmetric weights.
[[nodiscard]] Result<bool> takes(const litert::Operator& op, const Quantized& weights);

}  // namespace kelt::quantize
