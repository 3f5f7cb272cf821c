#include "optimize/compute_lazily.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "litert/quantization.h"
#include "optimize/linear.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

constexpr size_t kHeld = size_t{64} * 1024;  // bytes of a result that is computed at once, and kept
constexpr size_t kMostReads = 8;             // of a source for one read of what is made of it

// What is known of a tensor, and how often its sources are read while it is.
struct Known {
  Array array;
  size_t reads = 1;
};
using Computed = std::optional<Known>;

std::optional<Arithmetic> arithmetic_of(const litert::Operator& op) {
  switch (op.code) {
    case BuiltinOperator::ADD: return Arithmetic::kAdd;
    case BuiltinOperator::SUB: return Arithmetic::kSubtract;
    case BuiltinOperator::MUL: return Arithmetic::kMultiply;
    case BuiltinOperator::DIV: return Arithmetic::kDivide;
    case BuiltinOperator::SQUARED_DIFFERENCE: return Arithmetic::kSquaredDifference;
    case BuiltinOperator::SQUARE: return Arithmetic::kSquare;
    case BuiltinOperator::SQRT: return Arithmetic::kSquareRoot;
    case BuiltinOperator::RSQRT: return Arithmetic::kReciprocalSquareRoot;
    case BuiltinOperator::NEG: return Arithmetic::kNegate;
    case BuiltinOperator::ABS: return Arithmetic::kAbsolute;
    default: return std::nullopt;
  }
}

// Small results are computed now, so that a long chain of them is not computed again for each of their readers.
Result<Known> held(Known known) {
  if (known.array.bytes() > kHeld || known.array.source->in_memory()) return known;
  KELT_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, read_all(known.array));
  return Known{array_of(known.array.dtype, known.array.shape, std::move(bytes)), 0};
}

Result<Computed> computed_elementwise(Arithmetic arithmetic, const std::vector<Known>& operands, const Shape& shape) {
  std::vector<Array> spread;
  size_t reads = 0;
  for (Known operand : operands) {
    if (operand.array.shape != shape) {
      KELT_ASSIGN_OR_RETURN(operand, held(std::move(operand)));
      // Elements that are used again and again have to be at hand.
      if (!operand.array.source->in_memory()) return Computed{};
    }
    spread.push_back(broadcast(operand.array, shape));
    reads += operand.reads;
  }
  return Computed{Known{elementwise(arithmetic, std::move(spread)), reads}};
}

Result<Computed> computed_sum(const litert::Operator& op, const std::vector<Known>& operands, const Shape& shape) {
  if (Array{DType::kFloat32, shape, nullptr}.bytes() > kHeld) return Computed{};
  KELT_ASSIGN_OR_RETURN(std::vector<int32_t> axes, read_as<int32_t>(operands[1].array));
  for (int32_t& axis : axes) axis += axis < 0 ? static_cast<int32_t>(operands[0].array.shape.size()) : 0;
  KELT_ASSIGN_OR_RETURN(const Array sum, sum_over(operands[0].array, axes, op.code == BuiltinOperator::MEAN));
  return Computed{Known{reshape(sum, shape), 0}};
}

Result<Computed> computed(const litert::Operator& op, const std::vector<Known>& operands, const Shape& shape, DType dtype) {
  const auto is_float = [](const Known& known) { return known.array.dtype == DType::kFloat32; };
  const Known& first = operands[0];
  switch (op.code) {
    case BuiltinOperator::RESHAPE:
    case BuiltinOperator::EXPAND_DIMS:
    case BuiltinOperator::SQUEEZE: return Computed{Known{reshape(first.array, shape), first.reads}};
    case BuiltinOperator::CAST: return Computed{Known{cast(first.array, dtype), first.reads}};
    case BuiltinOperator::TRANSPOSE: {
      KELT_ASSIGN_OR_RETURN(const std::vector<int32_t> order, read_as<int32_t>(operands[1].array));
      return Computed{Known{transpose(first.array, order), first.reads}};
    }
    case BuiltinOperator::SUM:
    case BuiltinOperator::MEAN: return is_float(first) ? computed_sum(op, operands, shape) : Computed{};
    default: break;
  }
  const auto arithmetic = arithmetic_of(op);
  if (!arithmetic || has_activation(op) || !std::all_of(operands.begin(), operands.end(), is_float)) return Computed{};
  return computed_elementwise(*arithmetic, operands, shape);
}

}  // namespace

Result<std::optional<Array>> compute_lazily(const litert::Model& chain) {
  using Found = std::optional<Array>;
  const litert::Subgraph& subgraph = chain.subgraphs[0];
  // An integer with a scale is not its own value: the runtime knows what its operators make of it.
  const auto scaled = [](const litert::Tensor& tensor) { return !litert::same_scales(tensor.quantization, {}); };
  if (std::ranges::any_of(subgraph.tensors, scaled)) return Found{};
  std::vector<Computed> known(subgraph.tensors.size());
  for (size_t id = 0; id < known.size(); ++id) {
    if (subgraph.tensors[id].constant) known[id] = Known{*subgraph.tensors[id].constant, 1};
  }
  for (const litert::Operator& op : subgraph.operators) {
    const litert::Tensor& output = subgraph.tensors[static_cast<size_t>(op.outputs[0])];
    const auto shape = static_dims(output.dims);
    const auto dtype = litert::to_dtype(output.type);
    std::vector<Known> operands;
    for (const TensorId input : op.inputs) {
      if (input >= 0 && known[static_cast<size_t>(input)]) operands.push_back(*known[static_cast<size_t>(input)]);
    }
    if (!shape || !dtype || operands.empty() || operands.size() != op.inputs.size()) return Found{};
    KELT_ASSIGN_OR_RETURN(const Computed made, computed(op, operands, *shape, *dtype));
    if (!made || made->array.dtype != *dtype || made->array.shape != *shape || made->reads > kMostReads) return Found{};
    KELT_ASSIGN_OR_RETURN(known[static_cast<size_t>(op.outputs[0])], held(*made));
  }
  const Computed& result = known[static_cast<size_t>(subgraph.outputs[0])];
  return result ? Found{result->array} : Found{};
}

}  // namespace kelt::optimize
