// optimize/move_layout.cc — linear(x), laid out anew, then what is computed per channel → computed first, then laid out, so that it
// folds. A DEPTH_TO_SPACE or RESHAPE that makes several places of the channels of one repeats the constants along them: that is how
// a transposed convolution is written (lower/subpixel.h). A RESHAPE that makes heads of channels has constants of all heads.

#include <algorithm>

#include "optimize/linear.h"
#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

bool is_activation(BuiltinOperator code) {
  return code == BuiltinOperator::RELU || code == BuiltinOperator::RELU6 || code == BuiltinOperator::RELU_N1_TO_1;
}

bool is_one_per_place(BuiltinOperator code) { return code == BuiltinOperator::CONV_2D || code == BuiltinOperator::FULLY_CONNECTED; }

// Where a layout puts the channels of one place.
struct Layout {
  int64_t all = 0;       // channels before it
  int64_t channels = 0;  // the last axis behind it
  Shape axes = {};       // the last axes behind it that hold all of them; empty where none do
};

std::optional<Layout> layout_of(Rewriter& in, const litert::Operator& op) {
  const Dims& before = in.tensor(op.inputs[0]).dims;
  const Dims& after = in.tensor(op.outputs[0]).dims;
  if (before.empty() || after.empty()) return std::nullopt;
  Layout found{.all = before.back().value().value_or(0), .channels = after.back().value().value_or(0)};
  if (found.channels < 1 || found.all < found.channels || found.all % found.channels != 0) return std::nullopt;
  if (op.code != BuiltinOperator::RESHAPE) return found;
  int64_t held = 1;
  for (size_t axis = after.size(); axis > 0 && held < found.all; --axis) {
    held *= after[axis - 1].value().value_or(found.all + 1);
    found.axes.insert(found.axes.begin(), after[axis - 1].value().value_or(0));
  }
  if (held != found.all) found.axes.clear();
  return found;
}

// A constant beside `rank` axes behind a layout, as the values of all channels before it.
Result<std::optional<std::vector<double>>> channel_values(const Array& operand, const Layout& layout, size_t rank) {
  using Values = std::optional<std::vector<double>>;
  if (operand.dtype != DType::kFloat32 || operand.shape.size() > rank) return Values{};
  KELT_ASSIGN_OR_RETURN(auto values, per_channel(operand, layout.channels));
  const auto count = static_cast<int64_t>(operand.count());
  const bool of_all_axes =
      operand.shape.size() >= layout.axes.size() && std::ranges::equal(layout.axes, std::span(operand.shape).last(layout.axes.size()));
  if (!values && (layout.axes.empty() || count != layout.all || !of_all_axes)) return Values{};
  if (!values) {
    KELT_ASSIGN_OR_RETURN(values, read_as<double>(operand));
  }
  const std::vector<double> once = *values;
  while (static_cast<int64_t>(values->size()) < layout.all) values->insert(values->end(), once.begin(), once.end());
  return values;
}

// An operator that computes per channel.
struct Follower {
  OperatorId id = kNoOperator;
  std::optional<size_t> constant = {};  // where its constant stands; an activation has none
  std::vector<float> values = {};       // of it, for all channels before the layout
};

Result<std::optional<Follower>> follower(Rewriter& in, OperatorId id, const Layout& layout) {
  using Found = std::optional<Follower>;
  litert::Operator& op = in.at(id);
  if (is_activation(op.code)) return Found{Follower{.id = id}};
  const bool commutes = op.code == BuiltinOperator::ADD || op.code == BuiltinOperator::MUL;
  if (!commutes && op.code != BuiltinOperator::SUB && op.code != BuiltinOperator::DIV) return Found{};
  if (has_activation(op)) return Found{};
  for (const size_t side : {0, 1}) {
    const Array* operand = in.constant(op.inputs[side]);
    if (operand == nullptr || (side == 0 && !commutes)) continue;
    KELT_ASSIGN_OR_RETURN(const auto values, channel_values(*operand, layout, in.tensor(op.inputs[1 - side]).dims.size()));
    if (values) return Found{Follower{id, side, {values->begin(), values->end()}}};
  }
  return Found{};
}

// Those behind a layout, each the only reader of the one before.
Result<std::vector<Follower>> followers(Rewriter& in, OperatorId first, const Layout& layout) {
  std::vector<Follower> found;
  for (OperatorId id = in.only_consumer(in.at(first).outputs[0]); id != kNoOperator; id = in.only_consumer(in.at(id).outputs[0])) {
    KELT_ASSIGN_OR_RETURN(auto next, follower(in, id, layout));
    if (!next) break;
    found.push_back(*std::move(next));
  }
  return found;
}

Result<void> move_layout_at(Rewriter& in, OperatorId id) {
  const BuiltinOperator code = in.at(id).code;
  if (code != BuiltinOperator::DEPTH_TO_SPACE && code != BuiltinOperator::RESHAPE) return {};
  const TensorId before = in.at(id).inputs[0];
  const TensorId after = in.at(id).outputs[0];
  const OperatorId linear = in.producer(before);
  if (!as_linear(in, linear) || !is_one_per_place(in.at(linear).code) || in.only_consumer(before) != id) return {};
  const Dims dims = in.tensor(before).dims;
  const auto laid = layout_of(in, in.at(id));
  if (!laid) return {};
  KELT_ASSIGN_OR_RETURN(const std::vector<Follower> chain, followers(in, id, *laid));
  if (chain.empty()) return {};

  litert::Operator layout = in.at(id);
  in.erase(id);
  in.set_input(chain[0].id, in.at(chain[0].id).inputs[0] == after ? 0 : 1, before);
  for (const Follower& each : chain) {
    if (each.constant) {
      const litert::TensorId spread = in.add_constant(array_from<float>({laid->all}, each.values), in.at(each.id).path);
      in.set_input(each.id, *each.constant, spread);
    }
    if (each.id == chain.back().id) continue;
    in.tensor(in.at(each.id).outputs[0]).dims = dims;
    in.tensor(in.at(each.id).outputs[0]).source.reset();
  }
  const OperatorId end = chain.back().id;
  litert::Tensor last;
  last.name = in.tensor(in.at(end).outputs[0]).name;
  last.dims = dims;
  layout.outputs[0] = in.at(end).outputs[0];
  in.set_output(end, in.add_tensor(std::move(last)));
  layout.inputs[0] = in.at(end).outputs[0];
  in.insert_after(end, std::move(layout));
  return {};
}

}  // namespace

Result<bool> move_layout(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, move_layout_at); }

}  // namespace kelt::optimize
