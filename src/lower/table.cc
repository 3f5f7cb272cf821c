#include "lower/table.h"

#include <algorithm>

#include "lower/elementwise.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using Op = litert::BuiltinOperator;

// Sorted by op.
constexpr Entry kTable[] = {
    {"abs", lower_unary<Op::ABS>},
    {"absolute", lower_unary<Op::ABS>},
    {"add", lower_binary<Op::ADD>},
    {"average_pool", lower_average_pool},
    {"batch_normalization", lower_batch_normalization},
    {"cast", lower_cast},
    {"ceil", lower_unary<Op::CEIL>},
    {"celu", lower_celu},
    {"constant", lower_constant},
    {"conv", lower_conv},
    {"conv_transpose", lower_conv_transpose},
    {"cos", lower_unary<Op::COS>},
    {"depthwise_conv", lower_depthwise_conv},
    {"elu", lower_elu},
    {"equal", lower_comparison<Op::EQUAL>},
    {"exp", lower_unary<Op::EXP>},
    {"floor", lower_unary<Op::FLOOR>},
    {"gelu", lower_gelu},
    {"glu", lower_glu},
    {"greater", lower_comparison<Op::GREATER>},
    {"greater_equal", lower_comparison<Op::GREATER_EQUAL>},
    {"hard_shrink", lower_hard_shrink},
    {"hard_sigmoid", lower_hard_sigmoid},
    {"hard_silu", lower_unary<Op::HARD_SWISH>},
    {"hard_swish", lower_unary<Op::HARD_SWISH>},
    {"hard_tanh", lower_unary<Op::RELU_N1_TO_1>},
    {"image.resize", lower_image_resize},
    {"layer_normalization", lower_layer_normalization},
    {"leaky_relu", lower_leaky_relu},
    {"less", lower_comparison<Op::LESS>},
    {"less_equal", lower_comparison<Op::LESS_EQUAL>},
    {"log", lower_unary<Op::LOG>},
    {"log_sigmoid", lower_log_sigmoid},
    {"log_softmax", lower_log_softmax},
    {"logical_and", lower_binary<Op::LOGICAL_AND>},
    {"logical_not", lower_unary<Op::LOGICAL_NOT>},
    {"logical_or", lower_binary<Op::LOGICAL_OR>},
    {"max_pool", lower_max_pool},
    {"maximum", lower_binary<Op::MAXIMUM>},
    {"minimum", lower_binary<Op::MINIMUM>},
    {"moments", lower_moments},
    {"multiply", lower_binary<Op::MUL>},
    {"negative", lower_unary<Op::NEG>},
    {"normalize", lower_normalize},
    {"not_equal", lower_comparison<Op::NOT_EQUAL>},
    {"pad", lower_pad},
    {"relu", lower_unary<Op::RELU>},
    {"relu6", lower_unary<Op::RELU6>},
    {"reshape", lower_reshape},
    {"rms_normalization", lower_rms_normalization},
    {"rsqrt", lower_unary<Op::RSQRT>},
    {"selu", lower_selu},
    {"separable_conv", lower_separable_conv},
    {"sigmoid", lower_unary<Op::LOGISTIC>},
    {"silu", lower_silu},
    {"sin", lower_unary<Op::SIN>},
    {"soft_shrink", lower_soft_shrink},
    {"softmax", lower_softmax},
    {"softplus", lower_softplus},
    {"softsign", lower_softsign},
    {"sparse_plus", lower_sparse_plus},
    {"sparse_sigmoid", lower_sparse_sigmoid},
    {"sparsemax", lower_sparsemax},
    {"sqrt", lower_unary<Op::SQRT>},
    {"square", lower_unary<Op::SQUARE>},
    {"squareplus", lower_squareplus},
    {"stop_gradient", lower_stop_gradient},
    {"subtract", lower_binary<Op::SUB>},
    {"swish", lower_silu},
    {"tanh", lower_unary<Op::TANH>},
    {"tanh_shrink", lower_tanh_shrink},
    {"threshold", lower_threshold},
    {"true_divide", lower_binary<Op::DIV>},
    {"weight", lower_weight},
};

constexpr bool kSorted = std::is_sorted(std::begin(kTable), std::end(kTable), [](const Entry& a, const Entry& b) { return a.op < b.op; });
static_assert(kSorted);

}  // namespace

std::span<const Entry> table() { return kTable; }

const Entry* find_lowering(std::string_view op) {
  const auto* found =
      std::lower_bound(std::begin(kTable), std::end(kTable), op, [](const Entry& entry, std::string_view name) { return entry.op < name; });
  return found != std::end(kTable) && found->op == op ? found : nullptr;
}

}  // namespace kelt::lower
