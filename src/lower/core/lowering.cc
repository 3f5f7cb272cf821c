#include "lower/core/lowering.h"

#include <algorithm>
#include <cstdlib>

#include "lower/core/ops.h"
#include "lower/core/size.h"

namespace kelt::lower {
namespace {

Error unknown_size() {
  return {.code = Code::kDynamic,
          .what = "needs a size that is not known before the model runs",
          .remedy = "Give the input a fixed size there with input_signature="};
}

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
  if (!target.source && source_ != kNoSource) target.source = litert::SourceValue{source_, id.index};
  values_[id.index] = std::move(bound);
  return {};
}

void Lowering::bind_input(graph::ValueId id, const Value& value) {
  if (source_ != kNoSource) tensor(value).source = litert::SourceValue{source_, id.index};
  values_[id.index] = value;
}

bool Lowering::outputs_are_static() const {
  const auto known = [this](const graph::Port& port) { return all_static(declared(port.value).dims); };
  return source_ != kNoSource && std::ranges::all_of(function().outputs, known);
}

void Lowering::bind_opaque(const graph::Node& node) {
  for (const graph::ValueId id : node.outputs) {
    if (!values_.contains(id.index)) values_[id.index] = add_input({declared(id).dtype, declared(id).dims}, node.path);
  }
}

Result<Value> Lowering::dim_value(const Dim& dim) {
  if (const auto number = dim.value()) return constant(scalar(DType::kInt32, *number));
  if (dim.is_unknown()) return unknown_size();
  const std::string key = dim.to_string();
  if (const auto found = dim_values_.find(key); found != dim_values_.end()) return found->second;
  Value positive = constant(scalar(DType::kInt32, int64_t{0}));
  Value negative = positive;
  bool grows = false;
  for (const Dim::Term& term : dim.terms()) {
    KELT_ASSIGN_OR_RETURN(const Value value, term_value(term));
    grows = grows || term.coefficient > 0;
    Value& sum = term.coefficient > 0 ? positive : negative;
    sum = size_sum(*this, sum, value);
  }
  // Without a positive term it is a bound that counts from the end.
  const Value whole =
      grows ? size_difference(*this, positive, negative) : size_product(*this, negative, constant(scalar(DType::kInt32, int64_t{-1})));
  dim_values_[key] = whole;
  return whole;
}

Result<Value> Lowering::number_value(const Dim& dim) {
  const auto falls = [](const Dim::Term& term) { return term.coefficient < 0; };
  if (dim.is_unknown() || std::none_of(dim.terms().begin(), dim.terms().end(), falls)) return dim_value(dim);
  std::optional<Value> sum;
  for (const Dim::Term& term : dim.terms()) {
    KELT_ASSIGN_OR_RETURN(const Value size, term_value(term));
    const Value value = term.coefficient < 0 ? size_product(*this, size, constant(scalar(DType::kInt32, int64_t{-1}))) : size;
    sum = sum ? add(*this, *sum, value) : value;
  }
  return *sum;
}

// Without its sign.
Result<Value> Lowering::term_value(const Dim::Term& term) {
  Value product = constant(scalar(DType::kInt32, std::abs(term.coefficient)));
  for (const Dim::Atom& atom : term.atoms) {
    KELT_ASSIGN_OR_RETURN(const Value value, atom_value(atom));
    product = size_product(*this, product, value);
  }
  return product;
}

Result<Value> Lowering::atom_value(const Dim::Atom& atom) {
  if (atom.function == Dim::Function::kSymbol) return symbol_value(atom.symbol);
  Dim first = atom.operands[0];
  Dim second = atom.operands[1];
  if (atom.function == Dim::Function::kFloorDiv) {
    KELT_ASSIGN_OR_RETURN(const Value a, dim_value(first));
    KELT_ASSIGN_OR_RETURN(const Value b, dim_value(second));
    return floored_quotient(*this, a, b);
  }
  // Both are shifted by so much that neither is negative.
  const Dim for_first = first.subtracted();
  const Dim shift = for_first + (second + for_first).subtracted();
  first = first + shift;
  second = second + shift;
  KELT_ASSIGN_OR_RETURN(const Value a, dim_value(first));
  KELT_ASSIGN_OR_RETURN(const Value b, dim_value(second));
  Value extreme = smaller_size(*this, a, b);
  if (atom.function == Dim::Function::kMax) {
    KELT_ASSIGN_OR_RETURN(const Value sum, dim_value(first + second));
    extreme = size_difference(*this, sum, extreme);
  }
  KELT_ASSIGN_OR_RETURN(const Value shifted, dim_value(shift));
  return size_difference(*this, extreme, shifted);
}

// A tensor that has the symbol for a dim, and the axis; if it must be, one from around.
Result<std::pair<Value, int>> Lowering::dim_of_input(const std::string& symbol) {
  for (const Value& value : shown_) {
    const auto found = std::find(value.dims.begin(), value.dims.end(), Dim::symbol(symbol));
    if (found != value.dims.end()) return std::pair(value, static_cast<int>(found - value.dims.begin()));
  }
  if (around_ == nullptr) {
    return Error{.code = Code::kDynamic, .what = "needs the size `" + symbol + "`, which no input of the function has as a dim"};
  }
  KELT_ASSIGN_OR_RETURN(const auto outer, around_->dim_of_input(symbol));
  return std::pair(capture(outer.first), outer.second);
}

// SHAPE, then one element of it.
Result<Value> Lowering::symbol_value(const std::string& symbol) {
  if (const auto found = dim_values_.find(symbol); found != dim_values_.end()) return found->second;
  Value size;
  if (sizes_ == Sizes::kScalar) {
    KELT_ASSIGN_OR_RETURN(const Value outer, around_->dim_value(Dim::symbol(symbol)));
    size = capture(outer);
  } else {
    KELT_ASSIGN_OR_RETURN(const auto found, dim_of_input(symbol));
    size = element_of_shape(*this, found.first, found.second);
  }
  dim_values_[symbol] = size;
  return size;
}

Value Lowering::capture(const Value& outer) {
  if (const auto constant = around_->constant_of(outer)) return this->constant(*constant);
  for (const Captured& known : captured_) {
    if (known.outer.id == outer.id) return known.inner;
  }
  const Value inner = add_input({outer.dtype, outer.dims}, path());
  captured_.push_back({outer, inner});
  return inner;
}

Value Lowering::bring(const Value& value, Lowering& from) { return this == &from ? value : capture(around_->bring(value, from)); }

Lowering::Scope::Scope(Lowering& to, const graph::Function& function)
    : to_(to),
      function_(std::exchange(to.function_, &function)),
      source_(std::exchange(to.source_, kNoSource)),
      values_(std::exchange(to.values_, {})),
      path_(to.path()) {}

Lowering::Scope::~Scope() {
  to_.function_ = function_;
  to_.source_ = source_;
  to_.values_ = std::move(values_);
  to_.set_path(std::move(path_));
}

Result<Value> Lowering::shape_value(const Dims& dims) {
  std::vector<int32_t> numbers;
  for (const Dim& dim : dims) {
    if (const auto number = dim.value()) numbers.push_back(clamp_int32(*number));
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
