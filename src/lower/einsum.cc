// lower/einsum.cc — keras.ops.einsum of one or two operands, with or without an ellipsis → contractions (contraction.h).
//
// An operand that has a letter twice is read along that diagonal. More operands are contracted from the left, two at a time, each step
// keeping the letters that a later one needs.

#include <algorithm>
#include <set>

#include "lower/contraction.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"
#include "lower/sums.h"
#include "lower/triangle.h"

namespace kelt::lower {
namespace {

struct Equation {
  std::vector<std::string> operands;
  std::string out;
};

constexpr std::string_view kEllipsis = "...";

// Letters for the axes under an ellipsis: control characters, which no equation can hold.
std::string covered(int count) {
  std::string letters;
  for (int index = count; index > 0; --index) letters += static_cast<char>(index);
  return letters;
}

std::string fill(std::string text, int rank) {
  const size_t at = text.find(kEllipsis);
  if (at == std::string::npos) return text;
  const int count = rank - static_cast<int>(text.size() - kEllipsis.size());
  return text.replace(at, kEllipsis.size(), covered(std::max(count, 0)));
}

Result<Equation> read_equation(std::string text, const std::vector<Value>& operands) {
  std::erase(text, ' ');
  const size_t arrow = text.find("->");
  const std::string left = text.substr(0, arrow);
  Equation equation;
  for (size_t at = 0; at <= left.size();) {
    const size_t comma = std::min(left.find(',', at), left.size());
    equation.operands.push_back(left.substr(at, comma - at));
    at = comma + 1;
  }
  if (equation.operands.size() != operands.size()) return reject("its equation names another number of operands");
  int longest = 0;
  for (size_t index = 0; index < operands.size(); ++index) {
    std::string& letters = equation.operands[index];
    const bool ellipsis = letters.find(kEllipsis) != std::string::npos;
    if (ellipsis) longest = std::max(longest, operands[index].rank() - static_cast<int>(letters.size() - kEllipsis.size()));
    letters = fill(letters, operands[index].rank());
    if (static_cast<int>(letters.size()) != operands[index].rank()) return reject("its equation does not fit the rank of an operand");
  }
  if (arrow != std::string::npos) {
    equation.out = text.substr(arrow + 2);
    if (const size_t at = equation.out.find(kEllipsis); at != std::string::npos) {
      equation.out.replace(at, kEllipsis.size(), covered(longest));
    }
    return equation;
  }
  // Without an arrow: what the ellipsis covers, then the letters that come once, sorted.
  std::string all;
  for (const std::string& letters : equation.operands) all += letters;
  const std::set<char> letters(all.begin(), all.end());
  equation.out = covered(longest);
  for (const char letter : letters) {
    if (letter > '\x1f' && std::count(all.begin(), all.end(), letter) == 1) equation.out += letter;
  }
  return equation;
}

// Axes of one letter are read along their diagonal.
Result<void> merge_repeats(Lowering& to, Value& x, std::string& letters) {
  for (size_t first = 0; first < letters.size(); ++first) {
    const size_t second = letters.find(letters[first], first + 1);
    if (second == std::string::npos) continue;
    std::vector<int> order;
    std::string rest;
    for (size_t axis = 0; axis < letters.size(); ++axis) {
      if (axis == first || axis == second) continue;
      order.push_back(static_cast<int>(axis));
      rest += letters[axis];
    }
    order.insert(order.end(), {static_cast<int>(first), static_cast<int>(second)});
    KELT_ASSIGN_OR_RETURN(x, diagonal(to, transpose(to, x, order), 0));
    rest += letters[first];
    letters = std::move(rest);
    return merge_repeats(to, x, letters);
  }
  return {};
}

Result<Value> rearrange(Lowering& to, const Value& x, const std::string& from, const std::string& out) {
  std::vector<int> summed;
  std::string kept;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    if (out.find(from[axis]) == std::string::npos) {
      summed.push_back(static_cast<int>(axis));
    } else {
      kept += from[axis];
    }
  }
  return transpose(to, sum_of(to, x, summed, false), permutation(kept, out));
}

}  // namespace

Result<void> lower_einsum(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const std::string subscripts = args.text("subscripts");
  std::vector<Value> operands = args.tensors("operands");
  args.ignore("kwargs");
  KELT_RETURN_IF_ERROR(args.finish());
  for (Value& operand : operands) operand = cast(to, operand, to.declared(node.outputs[0]).dtype);
  KELT_ASSIGN_OR_RETURN(Equation equation, read_equation(subscripts, operands));
  for (size_t index = 0; index < operands.size(); ++index) {
    KELT_RETURN_IF_ERROR(merge_repeats(to, operands[index], equation.operands[index]));
  }
  Value product = operands[0];
  std::string letters = equation.operands[0];
  for (size_t index = 1; index < operands.size(); ++index) {
    const std::string& next = equation.operands[index];
    std::string needed = equation.out;
    for (size_t later = index + 1; later < operands.size(); ++later) needed += equation.operands[later];
    std::string out;
    for (const char letter : letters + next) {
      if (needed.find(letter) != std::string::npos && out.find(letter) == std::string::npos) out += letter;
    }
    if (index + 1 == operands.size()) out = equation.out;
    KELT_ASSIGN_OR_RETURN(product, contract(to, product, operands[index], {letters, next, out}));
    letters = out;
  }
  if (operands.size() == 1) {
    KELT_ASSIGN_OR_RETURN(product, rearrange(to, product, letters, equation.out));
  }
  return to.bind(node, product);
}

}  // namespace kelt::lower
