#include "graph/op_classes.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace kelt::graph {
namespace {

constexpr auto kFree = OutputRule::kFree;
constexpr auto kSame = OutputRule::kSame;
constexpr auto kBool = OutputRule::kBool;

std::vector<OpClass> make_table() {
  std::vector<OpClass> table = {
      {"where", {"x1", "x2"}, kSame, "condition"},
      {"logical_not", {"x"}, kBool, "x"},
      // Contractions.
      {"matmul", {"x1", "x2"}, kFree},
      {"dot", {"x1", "x2"}, kFree},
      {"inner", {"x1", "x2"}, kFree},
      {"outer", {"x1", "x2"}, kFree},
      {"tensordot", {"x1", "x2"}, kFree},
      {"vdot", {"x1", "x2"}, kFree},
      {"einsum", {"operands"}, kFree},
      {"conv", {"inputs", "kernel"}, kSame},
      {"depthwise_conv", {"inputs", "kernel"}, kSame},
      {"conv_transpose", {"inputs", "kernel"}, kSame},
      {"separable_conv", {"inputs", "depthwise_kernel", "pointwise_kernel"}, kSame},
      {"dot_product_attention", {"query", "key", "value"}, kSame},
      // Normalisations.
      {"batch_normalization", {"x", "mean", "variance", "offset", "scale"}, kSame},
      {"layer_normalization", {"x", "gamma", "beta"}, kSame},
      {"rms_normalization", {"x", "scale"}, kSame},
      // Joins.
      {"concatenate", {"xs"}, kSame},
      {"stack", {"x"}, kSame},
  };
  // x1 and x2 give their own dtype.
  for (const std::string_view op :
       {"add",     "subtract",  "multiply",   "divide", "true_divide", "floor_divide", "mod",   "power", "maximum", "minimum",
        "arctan2", "logaddexp", "logaddexp2", "hypot",  "fmod",        "heaviside",    "cross", "gcd",   "lcm",     "nextafter"}) {
    table.push_back({op, {"x1", "x2"}, kSame});
  }
  for (const std::string_view op : {"bitwise_and", "bitwise_or", "bitwise_xor"}) table.push_back({op, {"x", "y"}, kSame});
  for (const std::string_view op : {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}) {
    table.push_back({op, {"x1", "x2"}, kBool});
  }
  for (const std::string_view op : {"logical_and", "logical_or", "logical_xor"}) table.push_back({op, {"x1", "x2"}, kBool, "x1"});
  // x gives its own dtype.
  for (const std::string_view op :
       {"exp",       "exp2",         "expm1",       "log",         "log10",       "log1p",       "log2",        "sqrt",
        "rsqrt",     "square",       "sin",         "cos",         "tan",         "arcsin",      "arccos",      "arctan",
        "sinh",      "cosh",         "tanh",        "arcsinh",     "arccosh",     "arctanh",     "erf",         "erfinv",
        "floor",     "ceil",         "sign",        "negative",    "reciprocal",  "abs",         "round",       "relu",
        "relu6",     "sigmoid",      "softplus",    "softsign",    "silu",        "log_sigmoid", "leaky_relu",  "hard_sigmoid",
        "hard_silu", "hard_tanh",    "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus",  "sparse_plus", "sparse_sigmoid",
        "elu",       "selu",         "celu",        "glu",         "gelu",        "softmax",     "log_softmax", "sparsemax",
        "threshold", "reshape",      "transpose",   "squeeze",     "expand_dims", "flip",        "roll",        "tile",
        "repeat",    "broadcast_to", "moveaxis",    "swapaxes",    "pad",         "ravel",       "get_item"}) {
    table.push_back({op, {"x"}, kSame});
  }
  for (const std::string_view op : {"isnan", "isinf", "isfinite"}) table.push_back({op, {"x"}, kBool});
  for (const std::string_view op : {"max_pool", "average_pool"}) table.push_back({op, {"inputs"}, kSame});
  return table;
}

}  // namespace

const OpClass* find_op_class(std::string_view op) {
  static const std::unordered_map<std::string_view, OpClass> by_name = [] {
    std::unordered_map<std::string_view, OpClass> rows;
    for (OpClass& row : make_table()) rows.emplace(row.op, std::move(row));
    return rows;
  }();
  const auto found = by_name.find(op);
  return found == by_name.end() ? nullptr : &found->second;
}

}  // namespace kelt::graph
