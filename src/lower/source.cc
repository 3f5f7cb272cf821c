// lower/source.cc — weights and literals → constant tensors.

#include <algorithm>
#include <variant>
#include <vector>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

void collect(const graph::Attribute& attribute, std::vector<const graph::Attribute*>& leaves) {
  const auto* list = std::get_if<graph::List>(&attribute.value);
  if (list == nullptr) {
    leaves.push_back(&attribute);
    return;
  }
  for (const graph::Attribute& element : *list) collect(element, leaves);
}

template <typename Kind>
bool any_is(const std::vector<const graph::Attribute*>& leaves) {
  return std::ranges::any_of(leaves, [](const graph::Attribute* leaf) { return std::holds_alternative<Kind>(leaf->value); });
}

double number(const graph::Attribute& leaf) {
  if (const auto* real = std::get_if<double>(&leaf.value)) return *real;
  if (const auto* integer = std::get_if<int64_t>(&leaf.value)) return static_cast<double>(*integer);
  const auto* flag = std::get_if<bool>(&leaf.value);
  return flag != nullptr && *flag ? 1 : 0;
}

int64_t whole_number(const graph::Attribute& leaf) {
  const auto* integer = std::get_if<int64_t>(&leaf.value);
  return integer != nullptr ? *integer : static_cast<int64_t>(number(leaf));
}

// Numbers among which are lengths.
Result<Value> packed(Lowering& to, const std::vector<const graph::Attribute*>& leaves, DType dtype) {
  std::vector<Value> elements;
  for (const graph::Attribute* leaf : leaves) {
    if (const auto* dim = std::get_if<Dim>(&leaf->value)) {
      KELT_ASSIGN_OR_RETURN(const Value size, to.number_value(*dim));
      elements.push_back(cast(to, size, dtype));
    } else {
      elements.push_back(to.constant(dtype, number(*leaf)));
    }
  }
  if (dtype == DType::kInt32) return row_of(to, elements);  // which may be a shape
  return pack(to, elements, 0);
}

}  // namespace

Result<void> lower_weight(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const graph::Attribute* table = args.raw("table");
  KELT_RETURN_IF_ERROR(args.finish());
  const auto* id = table == nullptr ? nullptr : std::get_if<graph::WeightId>(&table->value);
  if (id == nullptr) return Error{.code = Code::kInternal, .what = "a weight node without a weight"};
  return to.bind(node, to.constant(to.module().weights[id->index].array));
}

Result<void> lower_constant(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const graph::Attribute* literal = args.raw("value");
  KELT_RETURN_IF_ERROR(args.finish());
  const graph::Value& type = to.declared(node.outputs[0]);
  const auto shape = static_dims(type.dims);
  if (literal == nullptr || !shape) return Error{.code = Code::kInternal, .what = "a constant without a value or a fixed shape"};
  if (const auto* dim = std::get_if<Dim>(&literal->value)) {
    KELT_ASSIGN_OR_RETURN(const Value size, to.number_value(*dim));
    return to.bind(node, cast(to, size, type.dtype));
  }
  std::vector<const graph::Attribute*> leaves;
  collect(*literal, leaves);
  if (any_is<Dim>(leaves)) {
    KELT_ASSIGN_OR_RETURN(const Value row, packed(to, leaves, type.dtype));
    KELT_ASSIGN_OR_RETURN(const Value y, reshape(to, row, type.dims));
    return to.bind(node, y);
  }
  std::vector<double> reals;
  std::vector<int64_t> integers;
  const bool whole = !any_is<double>(leaves);
  for (const graph::Attribute* leaf : leaves) {
    if (whole)
      integers.push_back(whole_number(*leaf));
    else
      reals.push_back(number(*leaf));
  }
  const Array array = whole ? array_from<int64_t>(*shape, integers) : array_from<double>(*shape, reals);
  if (array.count() != leaves.size()) return Error{.code = Code::kInternal, .what = "a constant of the wrong length"};
  return to.bind(node, to.constant(kelt::cast(array, type.dtype)));
}

}  // namespace kelt::lower
