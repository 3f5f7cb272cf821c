#include "optimize/nested.h"

#include <algorithm>

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

constexpr int kDeepest = 32;  // deeper, a hostile file may go round in circles

bool exists(const litert::Model& model, int32_t index) { return index >= 0 && static_cast<size_t>(index) < model.subgraphs.size(); }

}  // namespace

bool has_effect(litert::Model& model, int subgraph, int depth) {
  if (!exists(model, subgraph) || depth > kDeepest) return true;
  auto& operators = model.subgraphs[static_cast<size_t>(subgraph)].operators;
  return std::any_of(operators.begin(), operators.end(), [&](litert::Operator& op) { return has_effect(model, op, depth + 1); });
}

bool has_effect(litert::Model& model, litert::Operator& op, int depth) {
  switch (op.code) {
    case BuiltinOperator::ASSIGN_VARIABLE:
    case BuiltinOperator::CALL_ONCE:
    case BuiltinOperator::CUSTOM: return true;
    case BuiltinOperator::WHILE:
    case BuiltinOperator::IF: {
      bool effect = false;
      const bool all = visit_nested(op, [&](int32_t index) { effect = effect || has_effect(model, index, depth); });
      return effect || !all;
    }
    default: return op.outputs.empty();
  }
}

bool is_pure(const litert::Operator& op) {
  switch (op.code) {
    case BuiltinOperator::CUSTOM:
    case BuiltinOperator::DELEGATE:
    case BuiltinOperator::STABLEHLO_COMPOSITE:
    case BuiltinOperator::STABLEHLO_CUSTOM_CALL:
    case BuiltinOperator::STABLEHLO_SCATTER:
    case BuiltinOperator::STABLEHLO_WHILE:
    case BuiltinOperator::CALL:
    case BuiltinOperator::CALL_ONCE:
    case BuiltinOperator::WHILE:
    case BuiltinOperator::IF:
    case BuiltinOperator::VAR_HANDLE:
    case BuiltinOperator::READ_VARIABLE:
    case BuiltinOperator::ASSIGN_VARIABLE:
    case BuiltinOperator::RANDOM_UNIFORM:
    case BuiltinOperator::RANDOM_STANDARD_NORMAL:
    case BuiltinOperator::STABLEHLO_RNG_BIT_GENERATOR:
    case BuiltinOperator::MULTINOMIAL: return false;
    default: return true;
  }
}

}  // namespace kelt::optimize
