// optimize/fuse_adjoint.cc — BATCH_MATMUL of an operand whose last two axes a TRANSPOSE swaps → BATCH_MATMUL that reads it swapped.

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

Result<bool> swaps_last_two(Rewriter& in, OperatorId id) {
  const Array* order = id == kNoOperator ? nullptr : in.constant(in.at(id).inputs[1]);
  if (order == nullptr) return false;
  KELT_ASSIGN_OR_RETURN(const std::vector<int64_t> axes, read_as<int64_t>(*order));
  const size_t rank = axes.size();
  for (size_t axis = 0; axis < rank; ++axis) {
    const size_t expected = axis + 2 == rank ? rank - 1 : axis + 1 == rank ? rank - 2 : axis;
    if (axes[axis] != static_cast<int64_t>(expected)) return false;
  }
  return rank >= 2;
}

Result<void> fuse_adjoint_at(Rewriter& in, OperatorId id) {
  auto* options = in.at(id).options.AsBatchMatMulOptions();
  if (options == nullptr) return {};
  for (const size_t side : {size_t{0}, size_t{1}}) {
    const OperatorId swap = in.producer(in.at(id).inputs[side], BuiltinOperator::TRANSPOSE);
    KELT_ASSIGN_OR_RETURN(const bool swaps, swaps_last_two(in, swap));
    // The delegate takes a swapped right operand only.
    if (!swaps || side == 0) continue;
    const litert::Tensor& before = in.tensor(in.at(swap).inputs[0]);
    // Scales along an axis would have to move with it, which the kernels of a swapped operand don't expect.
    if (!litert::is_per_tensor(before.quantization) || !litert::same_values(before, in.tensor(in.at(id).inputs[side]))) continue;
    options->adj_y = !options->adj_y;
    in.set_input(id, side, in.at(swap).inputs[0]);
  }
  return {};
}

}  // namespace

Result<bool> fuse_adjoint(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, fuse_adjoint_at); }

}  // namespace kelt::optimize
