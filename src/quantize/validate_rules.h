// quantize/validate_rules.h — the rules of validate.h, by what they look at.

#pragma once

#include <cstdint>
#include <functional>

#include "litert/op_rules.h"
#include "quantize/validate.h"

namespace kelt::quantize {

// An operator under the rules. `tensor` says what is wrong with one of its tensors.
struct Site {
  litert::rules::View view;
  Values values = Values::kRead;
  std::function<void(const litert::Tensor*, std::string what, std::string remedy)> fault;

  [[nodiscard]] const litert::Operator& op() const { return view.op; }
};

// Where an operator has its weights, and in which integers the runtime runs it right.
struct WeightedOp {
  litert::BuiltinOperator op;
  size_t input, weights, bias;
  int axis;                // along which scales may differ; -1 is the last (with adj_y the last but one)
  unsigned float_bits;     // beside float activations; an or of 8, 4 and 2
  unsigned int8_bits;      // beside int8 activations
  unsigned int16_bits;     // beside int16 activations
  size_t fewest_operands;  // that the runtime wants, with a bias where it must be there
};

// Null if it has none.
[[nodiscard]] const WeightedOp* weighted_op(litert::BuiltinOperator op);
// 8, 4 or 2; 0 for another type.
[[nodiscard]] unsigned weight_bits(litert::TensorType type);
[[nodiscard]] bool is_quantized(const litert::Tensor* tensor);
// Of its type with a scale: int8, int16 or uint8.
[[nodiscard]] bool is_activation(const litert::Tensor* tensor);

// validate_tensors.cc: a tensor by itself; the operator is the first that has it.
void check_scales(const Site& site, const litert::Tensor& tensor);
void check_zero_points(const Site& site, const litert::Tensor& tensor);
void check_axis(const Site& site, const litert::Tensor& tensor);

// validate_weights.cc
void check_blocks(const Site& site);
void check_weight_types(const Site& site);
void check_weight_symmetry(const Site& site);
void check_weight_axis(const Site& site);
void check_bias_operand(const Site& site);
void check_bias(const Site& site);
void check_multiplier(const Site& site);
void check_rows_looked_up(const Site& site);

// validate_activations.cc
void check_activation_types(const Site& site);
void check_kernel(const Site& site);
void check_same_scale(const Site& site);
void check_fixed_scale(const Site& site);
void check_power_of_two(const Site& site);

}  // namespace kelt::quantize
