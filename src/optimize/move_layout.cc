// optimize/move_layout.cc — conv(x), laid out anew, then what is computed per channel → computed first, then laid out, so that it
// folds. A DEPTH_TO_SPACE or RESHAPE that makes several places of the channels of one repeats the constants along them: that is how
// a transposed convolution is written (lower/subpixel.h).

#include "optimize/linear.h"
#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

bool is_activation(BuiltinOperator code) {
  return code == BuiltinOperator::RELU || code == BuiltinOperator::RELU6 || code == BuiltinOperator::RELU_N1_TO_1;
}

// The position of the constant in an operator that computes per channel with one; -1 for an activation.
Result<std::optional<int>> constant_operand(Rewriter& in, OperatorId id, int64_t channels) {
  using Found = std::optional<int>;
  litert::Operator& op = in.at(id);
  if (is_activation(op.code)) return Found{-1};
  const bool commutes = op.code == BuiltinOperator::ADD || op.code == BuiltinOperator::MUL;
  if (!commutes && op.code != BuiltinOperator::SUB && op.code != BuiltinOperator::DIV) return Found{};
  if (has_activation(op)) return Found{};
  for (const int side : {0, 1}) {
    const Array* operand = in.constant(op.inputs[static_cast<size_t>(side)]);
    if (operand == nullptr || (side == 0 && !commutes)) continue;
    const Dims& read = in.tensor(op.inputs[static_cast<size_t>(1 - side)]).dims;
    if (operand->shape.size() > read.size()) continue;
    KELT_ASSIGN_OR_RETURN(const auto values, per_channel(*operand, channels));
    if (values) return Found{side};
  }
  return Found{};
}

// The operators behind a layout that compute per channel, each the only reader of the one before.
Result<std::vector<OperatorId>> followers(Rewriter& in, OperatorId layout, int64_t channels) {
  std::vector<OperatorId> found;
  for (OperatorId id = in.only_consumer(in.at(layout).outputs[0]); id != kNoOperator; id = in.only_consumer(in.at(id).outputs[0])) {
    KELT_ASSIGN_OR_RETURN(const auto operand, constant_operand(in, id, channels));
    if (!operand) break;
    found.push_back(id);
  }
  return found;
}

Result<void> repeat_constant(Rewriter& in, OperatorId id, int64_t channels, int64_t times) {
  KELT_ASSIGN_OR_RETURN(const auto operand, constant_operand(in, id, channels));
  if (*operand < 0) return {};
  const auto index = static_cast<size_t>(*operand);
  KELT_ASSIGN_OR_RETURN(const auto values, per_channel(*in.constant(in.at(id).inputs[index]), channels));
  std::vector<float> repeated;
  for (int64_t time = 0; time < times; ++time) repeated.insert(repeated.end(), values->begin(), values->end());
  in.set_input(id, index, in.add_constant(array_from<float>({channels * times}, repeated), in.at(id).path));
  return {};
}

Result<void> move_layout_at(Rewriter& in, OperatorId id) {
  const BuiltinOperator code = in.at(id).code;
  if (code != BuiltinOperator::DEPTH_TO_SPACE && code != BuiltinOperator::RESHAPE) return {};
  const TensorId before = in.at(id).inputs[0];
  const TensorId after = in.at(id).outputs[0];
  const OperatorId conv = in.producer(before, BuiltinOperator::CONV_2D);
  if (!as_linear(in, conv) || in.only_consumer(before) != id) return {};
  const Dims dims = in.tensor(before).dims;
  if (dims.empty() || in.tensor(after).dims.empty()) return {};
  const int64_t all = dims.back().value().value_or(0);
  const int64_t channels = in.tensor(after).dims.back().value().value_or(0);
  if (channels < 1 || all < channels || all % channels != 0) return {};
  KELT_ASSIGN_OR_RETURN(const std::vector<OperatorId> chain, followers(in, id, channels));
  if (chain.empty()) return {};

  litert::Operator layout = in.at(id);
  in.erase(id);
  in.set_input(chain[0], in.at(chain[0]).inputs[0] == after ? 0 : 1, before);
  for (const OperatorId one : chain) {
    KELT_RETURN_IF_ERROR(repeat_constant(in, one, channels, all / channels));
    if (one == chain.back()) continue;
    in.tensor(in.at(one).outputs[0]).dims = dims;
    in.tensor(in.at(one).outputs[0]).source.reset();
  }
  litert::Tensor last;
  last.name = in.tensor(in.at(chain.back()).outputs[0]).name;
  last.dims = dims;
  layout.outputs[0] = in.at(chain.back()).outputs[0];
  in.set_output(chain.back(), in.add_tensor(std::move(last)));
  layout.inputs[0] = in.at(chain.back()).outputs[0];
  in.insert_after(chain.back(), std::move(layout));
  return {};
}

}  // namespace

Result<bool> move_layout(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, move_layout_at); }

}  // namespace kelt::optimize
