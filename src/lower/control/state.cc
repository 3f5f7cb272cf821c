// lower/control/state.cc — read_state, write_state → resource variables, which keep their values from run to run.
//
// VAR_HANDLE names the variable; a CALL_ONCE at the head of a function gives all of them their first values, whichever
// function runs first: all have the same subgraph for it.
//
// A scalar is stored as a vector of one: what READ_VARIABLE gives of a scalar is dynamic (core/size.h).

#include "lower/control/state.h"

#include <algorithm>

#include "graph/own_nodes.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value handle_of(Emitter& to, const graph::State& state, int index) {
  tflite::VarHandleOptionsT options;
  options.shared_name = std::to_string(index) + ":" + state.name;
  const Value handle = to.emit(BuiltinOperator::VAR_HANDLE, std::move(options), {}, {DType::kInt32, {}});
  to.tensor(handle).type = litert::TensorType::RESOURCE;
  return handle;
}

void assign(Emitter& to, const Value& handle, const Value& value) {
  (void)to.emit_many(BuiltinOperator::ASSIGN_VARIABLE, tflite::AssignVariableOptionsT{}, {handle, value}, {});
}

Dims stored(const Dims& dims) { return dims.empty() ? Dims{Dim(1)} : dims; }

Array stored(const Array& array) { return array.shape.empty() ? kelt::reshape(array, {1}) : array; }

const graph::StateId* read_id(Arguments& args) {
  const graph::Attribute* attribute = args.raw("state");
  return attribute == nullptr ? nullptr : std::get_if<graph::StateId>(&attribute->value);
}

Error no_state() { return {.code = Code::kInternal, .what = "a state node without a state"}; }

}  // namespace

Result<void> lower_read_state(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const graph::StateId* id = read_id(args);
  KELT_RETURN_IF_ERROR(args.finish());
  if (id == nullptr) return no_state();
  const graph::State& state = to.module().states[id->index];
  const Value handle = handle_of(to, state, id->index);
  const ValueType type{state.dtype, stored(state.dims)};
  const Value value = to.emit(BuiltinOperator::READ_VARIABLE, tflite::ReadVariableOptionsT{}, {handle}, type);
  return to.bind(node, state.dims.empty() ? reshape_to_known(to, value, {}) : value);
}

Result<void> lower_write_state(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const graph::StateId* id = read_id(args);
  const Value value = args.tensor("value");
  KELT_RETURN_IF_ERROR(args.finish());
  if (id == nullptr) return no_state();
  const Value kept = value.rank() == 0 ? reshape_to_known(to, value, stored(value.dims)) : value;
  assign(to, handle_of(to, to.module().states[id->index], id->index), kept);
  return {};
}

void begin_states(Session& session, litert::Model& model) {
  const graph::Module& module = *session.module;
  const auto touches = [](const graph::Function& function) { return std::ranges::any_of(function.nodes, graph::touches_state); };
  int first_values = -1;
  for (size_t index = 0; index < module.functions.size(); ++index) {
    if (!touches(module.functions[index])) continue;
    if (first_values < 0) {
      litert::Subgraph subgraph;
      subgraph.name = "first_values";
      Emitter to(subgraph);
      for (size_t state = 0; state < module.states.size(); ++state) {
        const Value handle = handle_of(to, module.states[state], static_cast<int>(state));
        assign(to, handle, to.constant(stored(module.weights[module.states[state].initial.index].array)));
      }
      first_values = session.add(std::move(subgraph));
    }
    litert::Operator once;
    once.code = BuiltinOperator::CALL_ONCE;
    litert::set_options(once, tflite::CallOnceOptionsT{{}, first_values});
    auto& operators = model.subgraphs[index].operators;
    operators.insert(operators.begin(), std::move(once));
  }
}

}  // namespace kelt::lower
