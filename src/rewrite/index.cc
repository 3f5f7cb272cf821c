#include "rewrite/index.h"

#include <algorithm>
#include <cmath>

#include "graph/visit.h"

namespace kelt::rewrite {
namespace {

constexpr int kMostSteps = 8;          // from a number back to its constants
constexpr size_t kMostRead = 1 << 16;  // numbers of a weight

bool is_finite_literal(const graph::Attribute& attribute) {
  const auto* list = std::get_if<graph::List>(&attribute.value);
  if (list != nullptr) return std::ranges::all_of(*list, is_finite_literal);
  const auto number = number_in(attribute);
  return number && std::isfinite(*number);
}

}  // namespace

std::optional<double> number_in(const graph::Attribute& attribute) {
  if (const auto* real = std::get_if<double>(&attribute.value)) return *real;
  if (const auto* integer = std::get_if<int64_t>(&attribute.value)) return static_cast<double>(*integer);
  const auto* list = std::get_if<graph::List>(&attribute.value);
  return list != nullptr && list->size() == 1 ? number_in((*list)[0]) : std::nullopt;
}

Index::Index(const graph::Module& module, const graph::Function& function)
    : module_(&module),
      function_(&function),
      makers_(function.values.size(), -1),
      readers_(function.values.size()),
      outputs_(function.values.size()) {
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    const auto number = static_cast<int>(i);
    for (const graph::ValueId output : function.nodes[i].outputs) makers_[output.index] = number;
    graph::for_each_operand(function.nodes[i], [&](graph::ValueId id) { readers_[id.index].push_back(number); });
  }
  for (const graph::Port& port : function.outputs) outputs_[port.value.index] = true;
}

const graph::Node* Index::maker_node(graph::ValueId id) const { return maker(id) < 0 ? nullptr : &function_->nodes[maker(id)]; }

std::optional<double> Index::scalar(graph::ValueId id) const { return number_of(id, 0); }

std::optional<double> Index::operand(const graph::Node& node, std::string_view name, int depth) const {
  const graph::Argument* argument = graph::find_argument(node, name);
  const auto* id = argument == nullptr ? nullptr : std::get_if<graph::ValueId>(&argument->value.value);
  return id == nullptr ? std::nullopt : number_of(*id, depth + 1);
}

std::optional<double> Index::computed(const graph::Node& node, int depth) const {
  if (node.op == "constant") return number_in(graph::find_argument(node, "value")->value);
  if (node.op == "weight") {
    const auto& id = std::get<graph::WeightId>(graph::find_argument(node, "table")->value.value);
    const auto numbers = read_as<double>(module_->weights[id.index].array);
    return numbers.ok() && numbers->size() == 1 ? std::optional((*numbers)[0]) : std::nullopt;
  }
  if (node.op == "sqrt") {
    const auto x = operand(node, "x", depth);
    return x ? std::optional(std::sqrt(*x)) : std::nullopt;
  }
  if (node.op == "divide" || node.op == "multiply") {
    const auto x1 = operand(node, "x1", depth), x2 = operand(node, "x2", depth);
    if (!x1 || !x2) return std::nullopt;
    return node.op == "divide" ? *x1 / *x2 : *x1 * *x2;
  }
  return std::nullopt;
}

bool Index::is_finite_constant(const graph::Node& node) const {
  if (node.op == "constant") return is_finite_literal(graph::find_argument(node, "value")->value);
  if (node.op != "weight") return false;
  const Array& array = module_->weights[std::get<graph::WeightId>(graph::find_argument(node, "table")->value.value).index].array;
  if (array.count() > kMostRead) return false;
  const auto numbers = read_as<double>(array);
  return numbers.ok() && std::ranges::all_of(*numbers, [](double number) { return std::isfinite(number); });
}

std::optional<double> Index::number_of(graph::ValueId id, int depth) const {
  const graph::Node* node = maker_node(id);
  if (node == nullptr || depth > kMostSteps || product_of(type(id).dims) != Dim(1)) return std::nullopt;
  const DType dtype = type(id).dtype;
  return is_float(dtype) || is_integer(dtype) ? computed(*node, depth) : std::nullopt;
}

}  // namespace kelt::rewrite
