// graph/op_classes.h — which operands of an op compute together, and so have one dtype. Casts are the capture's to insert:
// nothing after it promotes.

#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace kelt::graph {

enum class OutputRule {
  kFree,  // what Keras says: matmul of int8 is int32
  kSame,  // the operands' dtype
  kBool,
};

struct OpClass {
  std::string_view op;
  std::vector<std::string_view> together;  // arguments of one dtype: tensors, lists of tensors, or None
  OutputRule output = OutputRule::kSame;
  std::string_view condition = {};  // an argument that is bool
};

// Null for an op whose operands are free.
[[nodiscard]] const OpClass* find_op_class(std::string_view op);

}  // namespace kelt::graph
