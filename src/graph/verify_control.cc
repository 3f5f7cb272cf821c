#include "graph/verify_control.h"

#include <algorithm>
#include <string>

#include "graph/op_facts.h"
#include "graph/own_nodes.h"
#include "graph/print.h"

namespace kelt::graph {
namespace {

Error broken(const std::string& what) { return {.code = Code::kTypeMismatch, .what = "G12: " + what}; }

bool may_be(const Value& a, const Value& b) {
  if (a.dtype != b.dtype || a.dims.size() != b.dims.size()) return false;
  for (size_t axis = 0; axis < a.dims.size(); ++axis) {
    const Dim& one = a.dims[axis];
    const Dim& other = b.dims[axis];
    if (one.is_static() && other.is_static() && one != other) return false;
  }
  return true;
}

Value without_axis(const Value& value, size_t axis) {
  Value element = value;
  if (axis < element.dims.size()) element.dims.erase(element.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  return element;
}

// A list of the types of values, in the order of the arguments that hold them.
class Types {
 public:
  Types(const Node& node, const std::vector<Value>& values) : node_(node), values_(values) {}

  // The values in a list argument; one that is missing or holds something else is remembered.
  std::vector<Value> list(std::string_view name) {
    std::vector<Value> types;
    const Argument* argument = find_argument(node_, name);
    const auto* items = argument == nullptr ? nullptr : std::get_if<List>(&argument->value.value);
    if (items == nullptr) {
      missing_ = std::string(name) + " is no list of values";
      return types;
    }
    for (const Attribute& item : *items) {
      const auto* id = std::get_if<ValueId>(&item.value);
      if (id == nullptr) {
        missing_ = std::string(name) + " holds something that is no value";
        return {};
      }
      types.push_back(values_[id->index]);
    }
    return types;
  }
  // A scalar of this dtype.
  void scalar(std::string_view name, DType dtype) {
    const Argument* argument = find_argument(node_, name);
    const auto* id = argument == nullptr ? nullptr : std::get_if<ValueId>(&argument->value.value);
    if (id != nullptr && (values_[id->index].dtype != dtype || !values_[id->index].dims.empty())) {
      missing_ = std::string(name) + " is " + type_text(values_[id->index]) + ", not " + std::string(short_name(dtype)) + "[]";
    }
  }
  [[nodiscard]] std::vector<Value> outputs() const {
    std::vector<Value> types;
    for (const ValueId id : node_.outputs) types.push_back(values_[id.index]);
    return types;
  }
  [[nodiscard]] Result<void> finish() const { return missing_.empty() ? Result<void>{} : broken(missing_); }

 private:
  const Node& node_;
  const std::vector<Value>& values_;
  std::string missing_;
};

Result<void> check_types(const std::string& what, const std::vector<Value>& given, const std::vector<Value>& expected) {
  if (given.size() != expected.size()) {
    return broken(what + ": " + std::to_string(given.size()) + ", where the node has " + std::to_string(expected.size()));
  }
  for (size_t index = 0; index < given.size(); ++index) {
    if (may_be(given[index], expected[index])) continue;
    return broken(what + ": number " + std::to_string(index) + " is " + type_text(given[index]) + ", where the node has " +
                  type_text(expected[index]));
  }
  return {};
}

std::vector<Value> port_types(const Function& function, const std::vector<Port>& ports) {
  std::vector<Value> types;
  for (const Port& port : ports) types.push_back(function.values[port.value.index]);
  return types;
}

Result<void> check_function(const Function& function, const std::vector<Value>& inputs, const std::vector<Value>& outputs) {
  const std::string name = "the function \"" + function.name + "\"";
  KELT_RETURN_IF_ERROR(check_types(name + ", inputs", port_types(function, function.inputs), inputs));
  return check_types(name + ", outputs", port_types(function, function.outputs), outputs);
}

Result<void> check_count(const Node& node, size_t least, size_t most) {
  if (node.functions.size() >= least && node.functions.size() <= most) return {};
  return broken(node.op + " holds " + std::to_string(node.functions.size()) + " functions");
}

void append(std::vector<Value>& to, const std::vector<Value>& more) { to.insert(to.end(), more.begin(), more.end()); }

// What the functions of a node are called on.
std::vector<Value> given_types(const OwnNode& own, Types& types) {
  std::vector<Value> inputs;
  for (const std::string_view name : words(own.given)) {
    std::vector<Value> values = types.list(name);
    if (name == own.stepped) {
      for (Value& value : values) value = without_axis(value, *own.axis);
    }
    append(inputs, values);
  }
  return inputs;
}

Result<void> check_branches(const OwnNode& own, const Node& node, Types& types) {
  const std::vector<Value> operands = given_types(own, types);
  const bool two = own.kind == Kind::kCond;
  two ? types.scalar("pred", DType::kBool) : types.scalar("index", DType::kInt32);
  KELT_RETURN_IF_ERROR(types.finish());
  KELT_RETURN_IF_ERROR(two ? check_count(node, 2, 2) : check_count(node, 1, SIZE_MAX));
  for (const Function& branch : node.functions) KELT_RETURN_IF_ERROR(check_function(branch, operands, types.outputs()));
  return {};
}

Result<void> check_while(const OwnNode& own, const Node& node, Types& types) {
  const std::vector<Value> inputs = given_types(own, types);
  const std::vector<Value> variables = types.list(own.carried);
  KELT_RETURN_IF_ERROR(types.finish());
  KELT_RETURN_IF_ERROR(check_count(node, 2, 2));
  KELT_RETURN_IF_ERROR(check_types("outputs", types.outputs(), variables));
  KELT_RETURN_IF_ERROR(check_function(node.functions[0], inputs, {Value{DType::kBool, {}}}));
  return check_function(node.functions[1], inputs, variables);
}

// scan and rnn: what goes around, and what has a value for each step.
Result<void> check_steps(const OwnNode& own, const Node& node, Types& types) {
  const bool recurrent = own.kind == Kind::kRnn;
  const std::vector<Value> inputs = given_types(own, types);
  const std::vector<Value> carry = types.list(own.carried);
  const bool no_steps = types.list(own.stepped).empty();
  KELT_RETURN_IF_ERROR(types.finish());
  KELT_RETURN_IF_ERROR(check_count(node, 1, 1));
  if (recurrent && no_steps) return broken("rnn without inputs");
  const std::vector<Value> given = types.outputs();
  const size_t before = recurrent ? 2 : 0;
  if (given.size() < before + carry.size()) return broken(node.op + " has " + std::to_string(given.size()) + " outputs");
  const auto first = given.begin() + static_cast<std::ptrdiff_t>(before);
  const auto last = first + static_cast<std::ptrdiff_t>(carry.size());
  KELT_RETURN_IF_ERROR(check_types("outputs", {first, last}, carry));
  std::vector<Value> outputs;
  if (recurrent) {
    if (last != given.end()) return broken("rnn has " + std::to_string(given.size()) + " outputs");
    outputs = {given[0]};
    append(outputs, carry);
    KELT_RETURN_IF_ERROR(check_types("the output of each step", {without_axis(given[1], *own.axis)}, {given[0]}));
  } else {
    outputs = carry;
    for (auto y = last; y != given.end(); ++y) outputs.push_back(without_axis(*y, *own.axis));
  }
  return check_function(node.functions[0], inputs, outputs);
}

}  // namespace

Result<void> check_control(const Node& node, const std::vector<Value>& values) {
  for (const Function& function : node.functions) {
    if (std::ranges::any_of(function.nodes, touches_state)) return broken("a state is read or written inside of " + node.op);
  }
  const OwnNode* own = find_own_node(node.op);
  if (own == nullptr) return {};
  Types types(node, values);
  switch (own->kind) {
    case Kind::kCond:
    case Kind::kSwitch: return check_branches(*own, node, types);
    case Kind::kWhileLoop: return check_while(*own, node, types);
    case Kind::kScan:
    case Kind::kRnn: return check_steps(*own, node, types);
    default: return {};
  }
}

}  // namespace kelt::graph
