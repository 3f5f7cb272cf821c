// quantize/forms.h — which quantized weights each LiteRT operator takes beside float activations, which it quantizes as it runs.

#pragma once

#include <cstdint>
#include <span>

#include "litert/model.h"
#include "weights/quantized.h"

namespace kelt::quantize {

struct Form {
  litert::BuiltinOperator op;
  size_t weights;     // their place among the operands
  int axis;           // along which scales may differ; -1 is the last
  bool four = false;  // integers of 4 bits as well as of 8
  bool blocks = false;
};

// A line an operator.
[[nodiscard]] std::span<const Form> forms();
// The lengths of block that the kernels have.
[[nodiscard]] bool is_block_length(int64_t length);
// Of fewer rows in blocks the builtin kernels give something else than their product; XNNPACK's do not.
inline constexpr int64_t kFewestRowsInBlocks = 4;
// Null if the operator takes none.
[[nodiscard]] const Form* form_of(litert::BuiltinOperator op);
// Whether these weights are of that form. Reads the zeros: all kernels want symmetric weights.
[[nodiscard]] Result<bool> takes(const Form& form, const Quantized& weights);

}  // namespace kelt::quantize
