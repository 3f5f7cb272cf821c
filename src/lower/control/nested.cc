#include "lower/control/nested.h"

#include <algorithm>

#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

// A subgraph in the making.
struct Nested {
  litert::Subgraph subgraph;
  Lowering inside;

  Nested(Lowering& around, Sizes sizes, std::string name) : inside(subgraph, around, sizes) { subgraph.name = std::move(name); }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

  Value input(const Value& like) {
    const Value value = inside.add_input({like.dtype, like.dims}, inside.path());
    subgraph.inputs.push_back(value.id);
    inside.show(value);
    return value;
  }

  [[nodiscard]] bool reads(TensorId id) const {
    const auto among = [id](const std::vector<TensorId>& ids) { return std::find(ids.begin(), ids.end(), id) != ids.end(); };
    return among(subgraph.outputs) ||
           std::any_of(subgraph.operators.begin(), subgraph.operators.end(), [&](const litert::Operator& op) { return among(op.inputs); });
  }
};

// What the subgraphs took from around and use, each once: the inputs that all of them get. Asks for more until no more comes,
// since a size may come in by a number that is computed around.
std::vector<Value> captured_by(std::initializer_list<const Nested*> all) {
  std::vector<Value> outer;
  for (const Nested* nested : all) {
    for (const Lowering::Captured& one : nested->inside.captured()) {
      const bool known = std::any_of(outer.begin(), outer.end(), [&](const Value& other) { return other.id == one.outer.id; });
      if (!known && nested->reads(one.inner.id)) outer.push_back(one.outer);
    }
  }
  return outer;
}

// The tensor of this subgraph for a value from around; one that nothing reads where it was not taken in.
Value inner_of(Nested& nested, const Value& outer) {
  for (const Lowering::Captured& one : nested.inside.captured()) {
    if (one.outer.id == outer.id) return one.inner;
  }
  return nested.inside.add_input({outer.dtype, outer.dims}, nested.inside.path());
}

bool is_input(const Nested& nested, TensorId id) {
  const auto& inputs = nested.subgraph.inputs;
  return std::find(inputs.begin(), inputs.end(), id) != inputs.end();
}

std::vector<ValueType> types_of(std::span<const Value> values) {
  std::vector<ValueType> types;
  types.reserve(values.size());
  for (const Value& value : values) types.push_back({value.dtype, value.dims});
  return types;
}

Error wrong_count(const std::string& what) { return {.code = Code::kInternal, .what = what + " has another number of outputs"}; }

bool was_taken(const Nested& nested, TensorId id) {
  const auto& taken = nested.inside.captured();
  return std::any_of(taken.begin(), taken.end(), [id](const Lowering::Captured& one) { return one.inner.id == id; });
}

Result<void> write_body(Nested& body, std::span<const Value> variables, const Write& write) {
  KELT_ASSIGN_OR_RETURN(std::vector<Value> next, write(body.inside, variables));
  if (next.size() != variables.size()) return wrong_count("the body of a loop");
  for (size_t index = 0; index < next.size(); ++index) {
    const TensorId id = next[index].id;
    const bool another = id != variables[index].id && (is_input(body, id) || was_taken(body, id) || body.inside.constant_of(next[index]));
    body.subgraph.outputs.push_back(another ? identity(body.inside, next[index]).id : id);
  }
  return {};
}

// Whether a tensor is made of constants and shapes alone: the runtime works it out while it prepares, and not again.
bool known_early(const Nested& nested, TensorId id) {
  std::vector<bool> early;
  for (const litert::Tensor& tensor : nested.subgraph.tensors) early.push_back(tensor.constant.has_value());
  for (const litert::Operator& op : nested.subgraph.operators) {
    const bool all = std::all_of(op.inputs.begin(), op.inputs.end(), [&](TensorId input) { return input < 0 || early[input]; });
    for (const TensorId output : op.outputs) early[output] = op.code == BuiltinOperator::SHAPE || all;
  }
  return early[id];
}

// The same value, worked out when the branch runs.
Value made_late(Emitter& to, const Value& value) {
  if (value.dtype == DType::kBool) return binary(to, BuiltinOperator::LOGICAL_OR, value, value);
  return add(to, value, like(to, value, 0));
}

Result<void> write_branch(Nested& branch, const Write& write) {
  KELT_ASSIGN_OR_RETURN(const std::vector<Value> outputs, write(branch.inside, {}));
  for (const Value& value : outputs) {
    const Value output = known_early(branch, value.id) ? made_late(branch.inside, value) : value;
    const auto& given = branch.subgraph.outputs;
    const bool again = std::find(given.begin(), given.end(), output.id) != given.end();
    const bool own = !again && !was_taken(branch, output.id);
    branch.subgraph.outputs.push_back(own ? output.id : identity(branch.inside, output).id);
  }
  return {};
}

}  // namespace

Result<std::vector<Value>> emit_while(Lowering& to, std::span<const Value> initial, const Write& condition, const Write& body) {
  Nested test(to, Sizes::kScalar, "condition");
  Nested step(to, Sizes::kFromShape, "body");
  std::vector<Value> tested, variables;
  for (const Value& value : initial) {
    tested.push_back(test.input(value));
    variables.push_back(step.input(value));
  }
  KELT_ASSIGN_OR_RETURN(const std::vector<Value> holds, condition(test.inside, tested));
  if (holds.size() != 1) return wrong_count("the condition of a loop");
  test.subgraph.outputs = {is_input(test, holds[0].id) ? identity(test.inside, holds[0]).id : holds[0].id};
  KELT_RETURN_IF_ERROR(write_body(step, variables, body));

  std::vector<Value> inputs(initial.begin(), initial.end());
  for (const Value& outer : captured_by({&step, &test})) {
    inputs.push_back(outer);
    test.subgraph.inputs.push_back(inner_of(test, outer).id);
    const Value through = inner_of(step, outer);
    step.subgraph.inputs.push_back(through.id);
    step.subgraph.outputs.push_back(through.id);
  }
  tflite::WhileOptionsT options;
  options.cond_subgraph_index = to.session().add(std::move(test.subgraph));
  options.body_subgraph_index = to.session().add(std::move(step.subgraph));
  std::vector<Value> outputs = to.emit_many(BuiltinOperator::WHILE, options, inputs, types_of(inputs));
  outputs.resize(initial.size());
  return outputs;
}

Result<std::vector<Value>> emit_if(Lowering& to, const Value& condition, const Write& yes, const Write& no) {
  Nested then(to, Sizes::kFromShape, "then");
  Nested otherwise(to, Sizes::kFromShape, "else");
  KELT_RETURN_IF_ERROR(write_branch(then, yes));
  KELT_RETURN_IF_ERROR(write_branch(otherwise, no));
  if (then.subgraph.outputs.size() != otherwise.subgraph.outputs.size()) return wrong_count("a branch");
  std::vector<Value> inputs = {condition};
  for (const Value& outer : captured_by({&then, &otherwise})) {
    inputs.push_back(outer);
    then.subgraph.inputs.push_back(inner_of(then, outer).id);
    otherwise.subgraph.inputs.push_back(inner_of(otherwise, outer).id);
  }
  std::vector<ValueType> types;
  for (const TensorId id : then.subgraph.outputs) {
    const litert::Tensor& tensor = then.subgraph.tensors[static_cast<size_t>(id)];
    types.push_back({*litert::to_dtype(tensor.type), tensor.dims});
  }
  tflite::IfOptionsT options;
  options.then_subgraph_index = to.session().add(std::move(then.subgraph));
  options.else_subgraph_index = to.session().add(std::move(otherwise.subgraph));
  return to.emit_many(BuiltinOperator::IF, options, inputs, types);
}

}  // namespace kelt::lower
