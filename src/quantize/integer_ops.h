// quantize/integer_ops.h — what an operator does when its activations are integers throughout: whether the runtime has it, whether XNNPACK
// takes it, and what its scales have to be. Measured in the runtime: pipeline/integer_ops_test.cc runs every line.

#pragma once

#include <cstdint>
#include <span>

#include "litert/model.h"

namespace kelt::quantize {

enum class Runs { kNot, kBuiltin, kDelegated };

enum class Scales {
  kFree,   // the result has a scale of its own
  kSame,   // operands and results have one scale: the kernel moves or compares integers
  kFixed,  // the kernel knows one scale only
};

struct FixedScale {
  float scale = 0;
  int64_t zero_point = 0;
  friend bool operator==(const FixedScale&, const FixedScale&) = default;
};

struct IntegerOp {
  litert::BuiltinOperator op;
  Runs int8;   // activations int8 (weights, where there are some, int8 and symmetric)
  Runs int16;  // activations int16, weights int8
  Scales scales = Scales::kFree;
  FixedScale fixed8 = {}, fixed16 = {};
};

// A line an operator.
[[nodiscard]] std::span<const IntegerOp> integer_ops();
// Null: it doesn't compute with integers that have a scale.
[[nodiscard]] const IntegerOp* integer_op(litert::BuiltinOperator op);

// Whether XNNPACK takes this operator, of whatever type it is now, once its activations are int8: its line, and what kernels ask
// of the number of operands, of options and of constants.
[[nodiscard]] bool delegated_in_int8(const litert::Operator& op, const litert::Subgraph& graph);

// What XNNPACK asks of the scales; where they are beyond, builtin kernels run the operator, and of weights the file is rejected.
struct Ratio {
  double least, below;  // least <= ratio < below
};
// Of an operand's scale to that of the result: ADD, SUB, QUANTIZE, LEAKY_RELU (with and without its alpha). Of the operands' product
// to it: MUL, and weights at every channel.
[[nodiscard]] Ratio delegated_ratio(litert::BuiltinOperator op);

}  // namespace kelt::quantize
