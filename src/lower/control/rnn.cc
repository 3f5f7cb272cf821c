// lower/control/rnn.cc — a recurrent layer → a loop over time (steps.h), with what needs no state in front of it (hoist.h).
//
// Time is the leading axis inside: the x of a step is then one piece. Where the output of a step is one of its states, as in
// LSTM and GRU, the last output is that state's last value, and needs no place of its own.

#include <numeric>

#include "lower/control/hoist.h"
#include "lower/control/steps.h"
#include "lower/core/arguments.h"
#include "lower/core/nodes.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

struct Layer {
  std::vector<Value> inputs, states, captures;
  std::optional<Value> mask;
  bool zero_output_for_mask = false;
  bool return_all_outputs = false;
  Steps steps;
};

// [batch, time, …] ↔ [time, batch, …]
Value swap_time(Emitter& to, const Value& x) {
  std::vector<int> order(x.dims.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[0], order[1]);
  return transpose(to, x, order);
}

// A mask of a step with `rank` axes: [batch] and as many of length 1 as it needs.
Result<Value> with_rank(Lowering& to, const Value& mask, int rank) {
  if (mask.rank() == rank) return mask;
  Dims dims(static_cast<size_t>(rank), Dim(1));
  if (rank > 0) dims[0] = mask.dims[0];
  return reshape(to, mask, dims);
}

// The state that is the output too.
std::optional<size_t> state_of_output(const graph::Function& step) {
  for (size_t index = 1; index < step.outputs.size(); ++index) {
    if (step.outputs[index].value == step.outputs[0].value) return index - 1;
  }
  return std::nullopt;
}

// The x's in the form that the loop takes them: what was computed ahead, then those that are still read.
Result<std::vector<Value>> inputs_of_steps(Lowering& to, const Layer& layer, const Hoisted& hoisted) {
  std::vector<Value> by_time, flat, xs;
  for (const Value& input : layer.inputs) by_time.push_back(swap_time(to, input));
  if (!hoisted.ahead.outputs.empty()) {
    for (const Value& x : by_time) {
      Dims dims(x.dims.begin() + 1, x.dims.end());
      if (!dims.empty()) dims[0] = x.dims[0] * dims[0];
      KELT_ASSIGN_OR_RETURN(const Value joined, reshape(to, x, dims));
      flat.push_back(joined);
    }
    KELT_ASSIGN_OR_RETURN(const std::vector<Value> computed, inline_function(to, hoisted.ahead, flat));
    for (const Value& value : computed) {
      Dims dims = by_time[0].dims;
      dims.resize(2);
      dims.insert(dims.end(), value.dims.begin() + 1, value.dims.end());
      KELT_ASSIGN_OR_RETURN(const Value apart, reshape(to, value, dims));
      xs.push_back(apart);
    }
  }
  for (const size_t index : hoisted.xs) xs.push_back(by_time[index]);
  return xs;
}

// One step: the cell, and where the mask is false the values from before.
class Cell {
 public:
  Cell(Lowering& around, const Layer& layer, const graph::Function& step, bool carries_output)
      : around_(around), layer_(layer), step_(step), carries_output_(carries_output) {}

  Result<std::vector<Value>> operator()(Lowering& inside, std::span<const Value> carry, std::span<const Value> xs) const {
    const auto own = xs.first(xs.size() - (layer_.mask ? 1 : 0));
    const auto states = carry.first(layer_.states.size());
    std::vector<Value> inputs(own.begin(), own.end());
    inputs.insert(inputs.end(), states.begin(), states.end());
    for (const Value& value : layer_.captures) inputs.push_back(inside.bring(value, around_));
    KELT_ASSIGN_OR_RETURN(std::vector<Value> next, inline_function(inside, step_, inputs));
    Value output = next[0];
    next.erase(next.begin());
    if (layer_.mask) {
      for (size_t index = 0; index < next.size(); ++index) {
        KELT_ASSIGN_OR_RETURN(next[index], masked(inside, xs.back(), next[index], states[index]));
      }
      const Value before = layer_.zero_output_for_mask ? like(inside, output, 0) : carry.back();
      KELT_ASSIGN_OR_RETURN(output, masked(inside, xs.back(), output, before));
    }
    if (carries_output_) next.push_back(output);
    if (layer_.return_all_outputs) next.push_back(output);
    return next;
  }

 private:
  static Result<Value> masked(Lowering& inside, const Value& mask, const Value& now, const Value& before) {
    KELT_ASSIGN_OR_RETURN(const Value condition, with_rank(inside, mask, now.rank()));
    Value y = select(inside, condition, now, before);
    y.dims = now.dims;
    return y;
  }

  Lowering& around_;
  const Layer& layer_;
  const graph::Function& step_;
  bool carries_output_;
};

Result<Layer> read_layer(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Layer layer;
  layer.inputs = args.tensors("inputs");
  layer.states = args.tensors("initial_states");
  layer.mask = args.optional_tensor("mask");
  layer.captures = args.tensors("captures");
  layer.zero_output_for_mask = args.flag("zero_output_for_mask");
  layer.return_all_outputs = args.flag("return_all_outputs");
  layer.steps.backwards = args.flag("go_backwards");
  layer.steps.unroll = args.flag("unroll");
  KELT_RETURN_IF_ERROR(args.finish());
  layer.steps.length = layer.inputs[0].dims[1];
  return layer;
}

Result<void> bind_outputs(const graph::Node& node, Lowering& to, const Layer& layer, const Stepped& stepped, const Value& last) {
  KELT_RETURN_IF_ERROR(to.bind(node, last, 0));
  if (layer.return_all_outputs) {
    KELT_RETURN_IF_ERROR(to.bind(node, swap_time(to, stepped.ys[0]), 1));
  } else {
    KELT_ASSIGN_OR_RETURN(const Value only, expand_dims(to, last, 1));
    KELT_RETURN_IF_ERROR(to.bind(node, only, 1));
  }
  for (size_t index = 0; index < layer.states.size(); ++index) {
    KELT_RETURN_IF_ERROR(to.bind(node, stepped.carry[index], static_cast<int>(index) + 2));
  }
  return {};
}

// The last element of the leading axis.
Result<Value> last_of(Lowering& to, const Value& ys) {
  const Value length = element_of_shape(to, ys, 0);
  const Value index = sub(to, length, to.constant(scalar(DType::kInt32, int64_t{1})));
  return gather(to, ys, index, 0);
}

}  // namespace

Result<void> lower_rnn(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(Layer layer, read_layer(node, to));
  const graph::Function& function = node.functions[0];
  const Hoisted hoisted = hoist(function, layer.inputs.size(), layer.steps.length);
  const graph::Value& output = function.values[function.outputs[0].value.index];
  const auto same_state = layer.mask ? std::nullopt : state_of_output(function);
  const bool carries_output =
      layer.mask ? !layer.zero_output_for_mask || !layer.return_all_outputs : !same_state && !layer.return_all_outputs;

  KELT_ASSIGN_OR_RETURN(layer.steps.xs, inputs_of_steps(to, layer, hoisted));
  if (layer.mask) layer.steps.xs.push_back(swap_time(to, *layer.mask));
  layer.steps.carry = layer.states;
  if (carries_output) {
    KELT_ASSIGN_OR_RETURN(const Value zeros, filled_at_run_time(to, to.constant(output.dtype, 0), output.dims));
    layer.steps.carry.push_back(zeros);
  }
  if (layer.return_all_outputs) layer.steps.ys = {{output.dtype, output.dims}};
  KELT_ASSIGN_OR_RETURN(const Stepped stepped, emit_steps(to, layer.steps, Cell(to, layer, hoisted.step, carries_output)));
  if (carries_output) return bind_outputs(node, to, layer, stepped, stepped.carry.back());
  if (same_state) return bind_outputs(node, to, layer, stepped, stepped.carry[*same_state]);
  KELT_ASSIGN_OR_RETURN(const Value last, last_of(to, stepped.ys[0]));
  return bind_outputs(node, to, layer, stepped, last);
}

}  // namespace kelt::lower
