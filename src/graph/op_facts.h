// graph/op_facts.h — what is known of an op of keras.ops beside how it is lowered. The facts stand on the op's line of the
// lowering's table; whoever verifies a module hands them in. Python reads them from there too (kelt._native.op_facts).

#pragma once

#include <string_view>
#include <vector>

namespace kelt::graph {

enum class OutputRule {
  kFree,  // what Keras says: matmul of int8 is int32
  kSame,  // the operands' dtype
  kBool,
};

// `operands` and `bools` name arguments, with blanks between: tensors, lists of tensors, or None.
struct OpFacts {
  std::string_view operands = {};  // compute together, and so have one dtype: casts are the capture's to insert
  std::string_view bools = {};     // are bool
  OutputRule output = OutputRule::kFree;
  bool elementwise = false;  // an element of the result depends on the elements at its place, after broadcasting
  bool product = false;      // of the first operand with weights: each element of the batch by itself
};

// Null for an op of which nothing is known.
using FindFacts = const OpFacts* (*)(std::string_view op);

// The words of a text with blanks between.
[[nodiscard]] std::vector<std::string_view> words(std::string_view text);

}  // namespace kelt::graph
