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
    {"cast", lower_cast},
    {"ceil", lower_unary<Op::CEIL>},
    {"constant", lower_constant},
    {"cos", lower_unary<Op::COS>},
    {"equal", lower_comparison<Op::EQUAL>},
    {"exp", lower_unary<Op::EXP>},
    {"floor", lower_unary<Op::FLOOR>},
    {"greater", lower_comparison<Op::GREATER>},
    {"greater_equal", lower_comparison<Op::GREATER_EQUAL>},
    {"less", lower_comparison<Op::LESS>},
    {"less_equal", lower_comparison<Op::LESS_EQUAL>},
    {"log", lower_unary<Op::LOG>},
    {"logical_and", lower_binary<Op::LOGICAL_AND>},
    {"logical_not", lower_unary<Op::LOGICAL_NOT>},
    {"logical_or", lower_binary<Op::LOGICAL_OR>},
    {"maximum", lower_binary<Op::MAXIMUM>},
    {"minimum", lower_binary<Op::MINIMUM>},
    {"multiply", lower_binary<Op::MUL>},
    {"negative", lower_unary<Op::NEG>},
    {"not_equal", lower_comparison<Op::NOT_EQUAL>},
    {"relu", lower_unary<Op::RELU>},
    {"relu6", lower_unary<Op::RELU6>},
    {"reshape", lower_reshape},
    {"rsqrt", lower_unary<Op::RSQRT>},
    {"sigmoid", lower_unary<Op::LOGISTIC>},
    {"sin", lower_unary<Op::SIN>},
    {"sqrt", lower_unary<Op::SQRT>},
    {"square", lower_unary<Op::SQUARE>},
    {"stop_gradient", lower_stop_gradient},
    {"subtract", lower_binary<Op::SUB>},
    {"tanh", lower_unary<Op::TANH>},
    {"true_divide", lower_binary<Op::DIV>},
    {"weight", lower_weight},
};

constexpr bool kSorted = std::is_sorted(std::begin(kTable), std::end(kTable), [](const Entry& a, const Entry& b) { return a.op < b.op; });
static_assert(kSorted);

}  // namespace

std::span<const Entry> table() { return kTable; }

const Entry* find_lowering(std::string_view op) {
  const auto* found = std::lower_bound(std::begin(kTable), std::end(kTable), op, [](const Entry& entry, std::string_view name) { return entry.op < name; });
  return found != std::end(kTable) && found->op == op ? found : nullptr;
}

}  // namespace kelt::lower
