// lower/matmul.cc — keras.ops.matmul, dot, inner, outer, tensordot, vdot → contractions (contraction.h).

#include <numeric>

#include "lower/contraction.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

// The operands in the dtype of the result: int8 × int8 is int32.
struct Operands {
  Value a, b;
};

Result<Operands> read_operands(const graph::Node& node, Lowering& to, Arguments& args) {
  const Value a = args.tensor("x1");
  const Value b = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  return Operands{cast(to, a, dtype), cast(to, b, dtype)};
}

// Contracts a's axes with b's, pair by pair; what is left of a, then of b.
Result<Value> contract_axes(Lowering& to, const Value& a, const Value& b, const std::vector<int>& a_axes, const std::vector<int>& b_axes) {
  Letters letters{.a = letters_from(0, a.rank()), .b = letters_from(a.rank(), b.rank()), .out = ""};
  for (size_t index = 0; index < a_axes.size(); ++index) letters.b[b_axes[index]] = letters.a[a_axes[index]];
  for (const char letter : letters.a) {
    if (letters.b.find(letter) == std::string::npos) letters.out += letter;
  }
  for (const char letter : letters.b) {
    if (letters.a.find(letter) == std::string::npos) letters.out += letter;
  }
  return contract(to, a, b, letters);
}

std::vector<int> counted_from_the_front(const std::vector<int64_t>& axes, int rank) {
  std::vector<int> result;
  for (const int64_t axis : axes) result.push_back(static_cast<int>(axis < 0 ? axis + rank : axis));
  return result;
}

std::vector<int64_t> whole_numbers(const graph::Attribute& attribute) {
  if (const auto* number = std::get_if<int64_t>(&attribute.value)) return {*number};
  std::vector<int64_t> numbers;
  if (const auto* list = std::get_if<graph::List>(&attribute.value)) {
    for (const graph::Attribute& element : *list) {
      if (const auto* number = std::get_if<int64_t>(&element.value)) numbers.push_back(*number);
    }
  }
  return numbers;
}

}  // namespace

Result<void> lower_matmul(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  KELT_ASSIGN_OR_RETURN(const Operands x, read_operands(node, to, args));
  KELT_ASSIGN_OR_RETURN(const Value y, matmul(to, x.a, x.b));
  return to.bind(node, y);
}

Result<void> lower_dot(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  KELT_ASSIGN_OR_RETURN(const Operands x, read_operands(node, to, args));
  if (x.a.rank() == 0 || x.b.rank() == 0) return to.bind(node, mul(to, x.a, x.b));
  const int other = x.b.rank() == 1 ? 0 : x.b.rank() - 2;
  KELT_ASSIGN_OR_RETURN(const Value y, contract_axes(to, x.a, x.b, {x.a.rank() - 1}, {other}));
  return to.bind(node, y);
}

Result<void> lower_inner(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  KELT_ASSIGN_OR_RETURN(const Operands x, read_operands(node, to, args));
  if (x.a.rank() == 0 || x.b.rank() == 0) return to.bind(node, mul(to, x.a, x.b));
  KELT_ASSIGN_OR_RETURN(const Value y, contract_axes(to, x.a, x.b, {x.a.rank() - 1}, {x.b.rank() - 1}));
  return to.bind(node, y);
}

Result<void> lower_outer(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  KELT_ASSIGN_OR_RETURN(const Operands x, read_operands(node, to, args));
  KELT_ASSIGN_OR_RETURN(const Value column, reshape(to, x.a, {product_of(x.a.dims), Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value row, flatten(to, x.b));
  return to.bind(node, mul(to, column, row));
}

Result<void> lower_vdot(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  KELT_ASSIGN_OR_RETURN(const Operands x, read_operands(node, to, args));
  KELT_ASSIGN_OR_RETURN(const Value a, flatten(to, x.a));
  KELT_ASSIGN_OR_RETURN(const Value b, flatten(to, x.b));
  return to.bind(node, sum_of(to, mul(to, a, b), std::vector<int>{0}, false));
}

Result<void> lower_tensordot(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const graph::Attribute* axes = args.raw("axes");
  KELT_ASSIGN_OR_RETURN(const Operands x, read_operands(node, to, args));
  std::vector<int> a_axes, b_axes;
  const auto* pair = axes == nullptr ? nullptr : std::get_if<graph::List>(&axes->value);
  if (pair != nullptr && pair->size() == 2) {
    a_axes = counted_from_the_front(whole_numbers((*pair)[0]), x.a.rank());
    b_axes = counted_from_the_front(whole_numbers((*pair)[1]), x.b.rank());
  } else if (axes != nullptr && std::holds_alternative<int64_t>(axes->value)) {
    const int count = static_cast<int>(std::get<int64_t>(axes->value));
    for (int index = 0; index < count; ++index) {
      a_axes.push_back(x.a.rank() - count + index);
      b_axes.push_back(index);
    }
  } else {
    return reject("its argument `axes` is neither a number nor two lists of axes");
  }
  if (a_axes.size() != b_axes.size()) return reject("its argument `axes` pairs lists of different lengths");
  KELT_ASSIGN_OR_RETURN(const Value y, contract_axes(to, x.a, x.b, a_axes, b_axes));
  return to.bind(node, y);
}

}  // namespace kelt::lower
