#include "graph/verify.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "graph/literal.h"
#include "graph/own_nodes.h"
#include "graph/print.h"
#include "graph/verify_control.h"
#include "graph/visit.h"

namespace kelt::graph {
namespace {

using Symbols = std::set<std::string>;

Error broken(std::string rule, const std::string& what) { return {.code = Code::kTypeMismatch, .what = std::move(rule) + ": " + what}; }

std::string id_text(ValueId id) { return "%" + std::to_string(id.index); }

Result<void> check_dims(const Dims& dims, const std::string& of) {
  for (const Dim& dim : dims) {
    if (const auto value = dim.value(); value && *value < 0) return broken("G5", of + " has a negative dim: " + to_string(dims));
  }
  return {};
}

// Whether its size in bytes is a number: dims from elsewhere may have a product that overflows.
bool has_byte_size(const Array& array) {
  uint64_t count = 1;
  uint64_t bytes = 0;
  for (const int64_t length : array.shape) {
    if (__builtin_mul_overflow(count, static_cast<uint64_t>(length), &count)) return false;
  }
  return !__builtin_mul_overflow(count, byte_size(array.dtype, 2), &bytes) && bytes <= INT64_MAX;
}

Result<void> check_weights(const Module& module) {
  for (size_t i = 0; i < module.weights.size(); ++i) {
    const Array& array = module.weights[i].array;
    const std::string id = "@" + std::to_string(i) + " " + quote(module.weights[i].name);
    if (std::ranges::any_of(array.shape, [](int64_t length) { return length < 0; })) return broken("G5", id + " has a negative dim");
    if (!has_byte_size(array)) return broken("G5", id + " has more elements than memory can hold");
    if (array.source == nullptr) return broken("G7", id + " has no source");
    if (array.source->size() != array.bytes()) {
      return broken("G7",
                    id + " takes " + std::to_string(array.bytes()) + " bytes; its source has " + std::to_string(array.source->size()));
    }
  }
  for (size_t i = 0; i < module.states.size(); ++i) {
    const State& state = module.states[i];
    const std::string id = "$" + std::to_string(i) + " " + quote(state.name);
    KELT_RETURN_IF_ERROR(check_dims(state.dims, id));
    if (state.initial.index < 0 || static_cast<size_t>(state.initial.index) >= module.weights.size()) {
      return broken("G1", id + " begins with @" + std::to_string(state.initial.index) + ", which does not exist");
    }
    const Array& initial = module.weights[state.initial.index].array;
    if (initial.dtype != state.dtype || Dims(initial.shape.begin(), initial.shape.end()) != state.dims) {
      return broken("G8", id + " has another type than the weight that it begins with");
    }
  }
  return {};
}

Result<void> check_ports(const std::vector<Port>& ports, const std::string& kind) {
  std::set<std::string_view> names;
  for (const Port& port : ports) {
    if (port.name.empty()) return broken("G4", kind + " without a name");
    if (!names.insert(port.name).second) return broken("G4", "two " + kind + "s named " + quote(port.name));
  }
  return {};
}

// One function: what is defined so far, and what its symbols are.
class Checker {
 public:
  Checker(const Module& module, FindFacts find_facts, const Function& function, Symbols around)
      : module_(module), find_facts_(find_facts), function_(function), defined_(function.values.size()), symbols_(std::move(around)) {}

  Result<void> run() {
    KELT_RETURN_IF_ERROR(check_ports(function_.inputs, "input"));
    KELT_RETURN_IF_ERROR(check_ports(function_.outputs, "output"));
    for (const Port& input : function_.inputs) {
      KELT_RETURN_IF_ERROR(define(input.value));
      for (const Dim& dim : value(input.value).dims) symbols_.merge(dim.symbols());
    }
    for (size_t i = 0; i < function_.values.size(); ++i) {
      KELT_RETURN_IF_ERROR(check_dims(function_.values[i].dims, id_text({static_cast<int>(i)})));
    }
    for (const Node& node : function_.nodes) {
      if (Result<void> result = check(node); !result.ok()) {
        Error error = std::move(result).error();
        if (error.path.empty()) error.path = node.path;
        if (error.op.empty()) error.op = node.op;
        return error;
      }
    }
    for (const Port& output : function_.outputs) KELT_RETURN_IF_ERROR(use(output.value));
    const auto undefined = std::ranges::find(defined_, false);
    if (undefined != defined_.end()) return broken("G2", "%" + std::to_string(undefined - defined_.begin()) + " is never defined");
    return {};
  }

 private:
  [[nodiscard]] const Value& value(ValueId id) const { return function_.values[id.index]; }
  [[nodiscard]] bool in_range(ValueId id) const { return id.index >= 0 && static_cast<size_t>(id.index) < defined_.size(); }

  Result<void> define(ValueId id) {
    if (!in_range(id)) return broken("G1", id_text(id) + " is beyond the values of the function");
    if (defined_[id.index]) return broken("G2", id_text(id) + " is defined twice");
    defined_[id.index] = true;
    return {};
  }

  Result<void> use(ValueId id) const {
    if (!in_range(id)) return broken("G1", id_text(id) + " is beyond the values of the function");
    if (!defined_[id.index]) return broken("G3", id_text(id) + " is used before it is defined");
    return {};
  }

  Result<void> check(const Node& node);
  Result<void> check_names(const Node& node) const;
  Result<void> check_references(const Attribute& attribute) const;
  Result<void> check_symbols(const Dim& dim, const std::string& of) const;
  Result<void> check_weight(const Node& node) const;
  Result<void> check_constant(const Node& node) const;
  Result<void> check_state(const Node& node) const;
  Result<void> check_operands(const Node& node) const;
  Result<void> together(const Attribute& attribute, const std::string& name, std::optional<DType>& dtype) const;

  const Module& module_;
  FindFacts find_facts_;
  const Function& function_;
  std::vector<bool> defined_;
  Symbols symbols_;
};

// `around`: the symbols of the functions that these are nested in.
Result<void> check_functions(const Module& module, FindFacts find_facts, const std::vector<Function>& functions, const Symbols& around) {
  std::set<std::string_view> names;
  for (const Function& function : functions) {
    if (function.name.empty()) return broken("G4", "a function without a name");
    if (!names.insert(function.name).second) return broken("G4", "two functions named " + quote(function.name));
    if (function.outputs.empty()) return broken("G4", "the function " + quote(function.name) + " has no outputs");
    KELT_RETURN_IF_ERROR(Checker(module, find_facts, function, around).run().note("in the function " + quote(function.name)));
  }
  return {};
}

Result<void> Checker::check(const Node& node) {
  KELT_RETURN_IF_ERROR(check_names(node));
  for (const Argument& argument : node.args) KELT_RETURN_IF_ERROR(check_references(argument.value));
  for (const ValueId output : node.outputs) {
    if (!in_range(output)) return broken("G1", id_text(output) + " is beyond the values of the function");
  }
  KELT_RETURN_IF_ERROR(check_functions(module_, find_facts_, node.functions, symbols_));
  KELT_RETURN_IF_ERROR(check_control(node, function_.values));
  for (const ValueId output : node.outputs) {
    KELT_RETURN_IF_ERROR(define(output));
    for (const Dim& dim : value(output).dims) KELT_RETURN_IF_ERROR(check_symbols(dim, id_text(output)));
  }
  switch (kind_of(node)) {
    case Kind::kWeight: return check_weight(node);
    case Kind::kConstant: return check_constant(node);
    case Kind::kReadState:
    case Kind::kWriteState: return check_state(node);
    default: return check_operands(node);
  }
}

Result<void> Checker::check_names(const Node& node) const {
  if (node.op.empty()) return broken("G10", "a node without an op");
  std::set<std::string_view> names;
  for (const Argument& argument : node.args) {
    if (argument.name.empty()) return broken("G10", "an argument without a name");
    if (!names.insert(argument.name).second) return broken("G10", "two arguments named " + quote(argument.name));
  }
  return {};
}

Result<void> Checker::check_references(const Attribute& attribute) const {
  Result<void> result;
  const auto note = [&result](Result<void> found) {
    if (result.ok()) result = std::move(found);
  };
  for_each<ValueId>(attribute, [&](ValueId id) { note(use(id)); });
  for_each<Dim>(attribute, [&](const Dim& dim) { note(check_symbols(dim, "an argument")); });
  for_each<WeightId>(attribute, [&](WeightId id) {
    const bool known = id.index >= 0 && static_cast<size_t>(id.index) < module_.weights.size();
    if (!known) note(broken("G1", "@" + std::to_string(id.index) + " is beyond the weights of the module"));
  });
  for_each<StateId>(attribute, [&](StateId id) {
    const bool known = id.index >= 0 && static_cast<size_t>(id.index) < module_.states.size();
    if (!known) note(broken("G1", "$" + std::to_string(id.index) + " is beyond the states of the module"));
  });
  return result;
}

Result<void> Checker::check_symbols(const Dim& dim, const std::string& of) const {
  if (dim.is_static()) return {};
  for (const std::string& symbol : dim.symbols()) {
    if (!symbols_.contains(symbol))
      return broken("G6", of + " depends on " + quote(symbol) + ", which no input of the function has, nor one of those around it");
  }
  return {};
}

Result<void> Checker::check_weight(const Node& node) const {
  const Argument* table = find_argument(node, "table");
  const auto* id = table == nullptr ? nullptr : std::get_if<WeightId>(&table->value.value);
  if (id == nullptr || node.args.size() != 1 || node.outputs.size() != 1) return broken("G7", "a weight node has table=@… and one output");
  const Array& array = module_.weights[id->index].array;
  const Value& output = value(node.outputs[0]);
  const Dims dims(array.shape.begin(), array.shape.end());
  if (output.dtype == array.dtype && output.dims == dims) return {};
  return broken("G7", id_text(node.outputs[0]) + " is " + type_text(output) + "; the weight is " + type_text(array.dtype, dims));
}

// The count of numbers in a literal; none if something else is in it, or something that the dtype does not hold.
std::optional<int64_t> count_values(const Attribute& attribute, DType dtype) {
  if (const auto* list = std::get_if<List>(&attribute.value)) {
    int64_t count = 0;
    for (const Attribute& item : *list) {
      const std::optional<int64_t> items = count_values(item, dtype);
      if (!items) return std::nullopt;
      count += *items;
    }
    return count;
  }
  if (std::holds_alternative<Dim>(attribute.value)) return dtype == DType::kBool ? std::nullopt : std::optional<int64_t>(1);
  const bool floating = is_float(dtype) || dtype == DType::kComplex64;
  if (std::holds_alternative<double>(attribute.value)) return floating ? std::optional<int64_t>(1) : std::nullopt;
  if (std::holds_alternative<bool>(attribute.value)) return dtype == DType::kBool ? std::optional<int64_t>(1) : std::nullopt;
  const auto* integer = std::get_if<int64_t>(&attribute.value);
  if (integer == nullptr || dtype == DType::kBool) return std::nullopt;
  if (floating) return 1;
  const size_t bits = dtype == DType::kInt4 ? 4 : 8 * byte_size(dtype, 1);
  const bool is_unsigned = dtype == DType::kUInt8 || dtype == DType::kUInt16 || dtype == DType::kUInt32 || dtype == DType::kUInt64;
  if (is_unsigned && *integer < 0) return std::nullopt;
  if (bits == 64) return 1;
  const int64_t highest = (int64_t{1} << (is_unsigned ? bits : bits - 1)) - 1;
  return *integer <= highest && *integer >= -highest - 1 ? std::optional<int64_t>(1) : std::nullopt;
}

Result<void> Checker::check_constant(const Node& node) const {
  const Argument* literal = find_argument(node, "value");
  if (literal == nullptr || node.args.size() != 1 || node.outputs.size() != 1) {
    return broken("G9", "a constant node has value=… and one output");
  }
  const Value& output = value(node.outputs[0]);
  const std::optional<int64_t> elements = product_of(output.dims).value();
  const std::optional<int64_t> count = count_values(literal->value, output.dtype);
  if (!count) return broken("G9", "the constant holds something that is no " + std::string(name(output.dtype)));
  if (!elements || *elements != *count) {
    return broken("G9", "the constant holds " + std::to_string(*count) + " values; " + type_text(output) + " takes another count");
  }
  return {};
}

Result<void> Checker::check_state(const Node& node) const {
  const Argument* argument = find_argument(node, "state");
  const auto* id = argument == nullptr ? nullptr : std::get_if<StateId>(&argument->value.value);
  if (id == nullptr) return broken("G8", node.op + " has state=$…");
  const State& state = module_.states[id->index];
  ValueId moved;
  if (kind_of(node) == Kind::kReadState) {
    if (node.outputs.size() != 1) return broken("G8", "read_state has one output");
    moved = node.outputs[0];
  } else {
    const Argument* written = find_argument(node, "value");
    const auto* from = written == nullptr ? nullptr : std::get_if<ValueId>(&written->value.value);
    if (from == nullptr) return broken("G8", "write_state has value=%…");
    moved = *from;
  }
  if (value(moved).dtype == state.dtype && value(moved).dims == state.dims) return {};
  return broken("G8", id_text(moved) + " is " + type_text(value(moved)) + "; the state is " + type_text(state.dtype, state.dims));
}

Result<void> Checker::together(const Attribute& attribute, const std::string& name, std::optional<DType>& dtype) const {
  if (std::holds_alternative<None>(attribute.value)) return {};
  if (const auto* list = std::get_if<List>(&attribute.value)) {
    for (const Attribute& item : *list) KELT_RETURN_IF_ERROR(together(item, name, dtype));
    return {};
  }
  const auto* id = std::get_if<ValueId>(&attribute.value);
  if (id == nullptr) return broken("G11", name + " is " + print(attribute) + ", where a tensor is needed");
  if (dtype && *dtype != value(*id).dtype) {
    return broken("G11", name + " is " + type_text(value(*id)) + "; it computes together with " + std::string(short_name(*dtype)));
  }
  dtype = value(*id).dtype;
  return {};
}

Result<void> Checker::check_operands(const Node& node) const {
  const OpFacts* facts = find_facts_ == nullptr ? nullptr : find_facts_(node.op);
  if (facts == nullptr) return {};
  std::optional<DType> dtype;
  for (const std::string_view name : words(facts->operands)) {
    if (const Argument* argument = find_argument(node, name)) KELT_RETURN_IF_ERROR(together(argument->value, argument->name, dtype));
  }
  std::optional<DType> truth = DType::kBool;
  for (const std::string_view name : words(facts->bools)) {
    if (const Argument* argument = find_argument(node, name)) KELT_RETURN_IF_ERROR(together(argument->value, argument->name, truth));
  }
  if (facts->output == OutputRule::kBool) dtype = DType::kBool;
  if (facts->output == OutputRule::kFree || !dtype) return {};
  for (const ValueId output : node.outputs) {
    if (value(output).dtype == *dtype) continue;
    return broken("G11", id_text(output) + " is " + type_text(value(output)) + "; its operands give " + std::string(short_name(*dtype)));
  }
  return {};
}

}  // namespace

Result<void> verify(const Module& module, FindFacts find_facts) {
  if (module.functions.empty()) return broken("G4", "a module without functions");
  KELT_RETURN_IF_ERROR(check_weights(module));
  return check_functions(module, find_facts, module.functions, {});
}

}  // namespace kelt::graph
