// lower/source.cc — weights and literals → constant tensors.

#include "lower/arguments.h"
#include "lower/lowerings.h"
#include "lower/ops.h"

namespace kelt::lower {
namespace {

void collect(const graph::Attribute& attribute, std::vector<double>& reals, std::vector<int64_t>& integers) {
  if (const auto* list = std::get_if<graph::List>(&attribute.value)) {
    for (const graph::Attribute& element : *list) collect(element, reals, integers);
  } else if (const auto* real = std::get_if<double>(&attribute.value)) {
    reals.push_back(*real);
  } else if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
    integers.push_back(*integer);
  } else if (const auto* flag = std::get_if<bool>(&attribute.value)) {
    integers.push_back(*flag ? 1 : 0);
  }
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
  std::vector<double> reals;
  std::vector<int64_t> integers;
  collect(*literal, reals, integers);
  const bool whole = reals.empty();
  if (!whole) reals.insert(reals.end(), integers.begin(), integers.end());
  const Array array = whole ? array_from<int64_t>(*shape, integers) : array_from<double>(*shape, reals);
  if (array.count() != (whole ? integers.size() : reals.size()))
    return Error{.code = Code::kInternal, .what = "a constant of the wrong length"};
  return to.bind(node, to.constant(kelt::cast(array, type.dtype)));
}

}  // namespace kelt::lower
