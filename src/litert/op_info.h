// litert/op_info.h — what is known of each builtin operator: one line an op in op_table.cc.

#pragma once

#include "litert/model.h"

namespace kelt::litert {

struct OpInfo {
  // The options table that the op takes: one of the two is NONE, or both.
  tflite::BuiltinOptions options = tflite::BuiltinOptions::NONE;
  tflite::BuiltinOptions2 options2 = tflite::BuiltinOptions2::NONE;
};

// "CONV_2D"; "OP_500" for a code that the schema does not have.
[[nodiscard]] std::string op_name(BuiltinOperator code);
[[nodiscard]] OpInfo op_info(BuiltinOperator code);

}  // namespace kelt::litert
