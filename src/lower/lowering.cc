#include "lower/lowering.h"

#include "lower/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

}  // namespace

Result<Value> Lowering::value(graph::ValueId id) const {
  const auto found = values_.find(id.index);
  if (found == values_.end()) {
    return Error{.code = Code::kInternal, .what = "value %" + std::to_string(id.index) + " is read before it is made"};
  }
  return found->second;
}

Result<void> Lowering::bind(const graph::Node& node, const Value& value, int index) {
  const graph::ValueId id = node.outputs[index];
  const graph::Value& type = declared(id);
  if (value.absent() || value.dtype != type.dtype || value.rank() != static_cast<int>(type.dims.size())) {
    return Error{.code = Code::kInternal,
                 .what = "its lowering made " + std::string(name(value.dtype)) + to_string(value.dims) + ", declared is " +
                         std::string(name(type.dtype)) + to_string(type.dims)};
  }
  Value bound = value;
  for (int axis = 0; axis < value.rank(); ++axis) {
    if (!type.dims[axis].is_unknown()) bound.dims[axis] = type.dims[axis];
  }
  litert::Tensor& target = tensor(bound);
  if (!target.constant) target.dims = bound.dims;
  if (!target.source) target.source = litert::SourceValue{function_index_, id.index};
  values_[id.index] = std::move(bound);
  return {};
}

void Lowering::bind_input(graph::ValueId id, const Value& value) {
  tensor(value).source = litert::SourceValue{function_index_, id.index};
  values_[id.index] = value;
}

void Lowering::bind_opaque(const graph::Node& node) {
  for (const graph::ValueId id : node.outputs) {
    if (!values_.contains(id.index)) values_[id.index] = add_input({declared(id).dtype, declared(id).dims}, node.path);
  }
}

Result<Value> Lowering::dim_value(const Dim& dim) {
  if (const auto number = dim.value()) return constant(scalar(DType::kInt32, *number));
  if (dim.is_unknown()) {
    return Error{.code = Code::kDynamic,
                 .what = "needs a size that is not known before the model runs",
                 .remedy = "Give the input a fixed size there with input_signature="};
  }
  const std::string key = dim.to_string();
  if (const auto found = dim_values_.find(key); found != dim_values_.end()) return found->second;
  std::optional<Value> sum;
  for (const Dim::Term& term : dim.terms()) {
    KELT_ASSIGN_OR_RETURN(const Value value, term_value(term));
    sum = sum ? add(*this, *sum, value) : value;
  }
  dim_values_[key] = *sum;
  return *sum;
}

Result<Value> Lowering::term_value(const Dim::Term& term) {
  std::optional<Value> product;
  if (term.coefficient != 1 || term.atoms.empty()) product = constant(scalar(DType::kInt32, term.coefficient));
  for (const Dim::Atom& atom : term.atoms) {
    KELT_ASSIGN_OR_RETURN(const Value value, atom_value(atom));
    product = product ? mul(*this, *product, value) : value;
  }
  return *product;
}

Result<Value> Lowering::atom_value(const Dim::Atom& atom) {
  if (atom.function == Dim::Function::kSymbol) return symbol_value(atom.symbol);
  KELT_ASSIGN_OR_RETURN(const Value a, dim_value(atom.operands[0]));
  KELT_ASSIGN_OR_RETURN(const Value b, dim_value(atom.operands[1]));
  switch (atom.function) {
    case Dim::Function::kFloorDiv: return binary(*this, BuiltinOperator::FLOOR_DIV, a, b);
    case Dim::Function::kMin: return binary(*this, BuiltinOperator::MINIMUM, a, b);
    default: return binary(*this, BuiltinOperator::MAXIMUM, a, b);
  }
}

// Read from the shape of an input that has the symbol for a dim: SHAPE, then one element of it.
Result<Value> Lowering::symbol_value(const std::string& symbol) {
  for (const graph::Port& port : function().inputs) {
    const Dims& dims = declared(port.value).dims;
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      if (dims[axis] != Dim::symbol(symbol)) continue;
      KELT_ASSIGN_OR_RETURN(const Value input, value(port.value));
      return element_of_shape(*this, input, static_cast<int>(axis));
    }
  }
  return Error{.code = Code::kDynamic, .what = "needs the size `" + symbol + "`, which no input of the function shows"};
}

Result<Value> Lowering::shape_value(const Dims& dims) {
  std::vector<int32_t> numbers;
  for (const Dim& dim : dims) {
    if (const auto number = dim.value()) numbers.push_back(static_cast<int32_t>(*number));
  }
  if (numbers.size() == dims.size()) return ints(numbers);
  std::vector<Value> elements;
  for (const Dim& dim : dims) {
    KELT_ASSIGN_OR_RETURN(const Value element, dim_value(dim));
    elements.push_back(element);
  }
  return row_of(*this, elements);
}

}  // namespace kelt::lower
