#include "graph/builder.h"

#include <utility>

namespace kelt::graph {

WeightId Builder::weight(std::string name, Array array) {
  module_.weights.push_back({std::move(name), std::move(array)});
  return {static_cast<int>(module_.weights.size()) - 1};
}

StateId Builder::state(std::string name, DType dtype, Dims dims, WeightId initial) {
  module_.states.push_back({std::move(name), dtype, std::move(dims), initial});
  return {static_cast<int>(module_.states.size()) - 1};
}

void Builder::begin_function(std::string name) { open_.emplace_back().name = std::move(name); }

ValueId Builder::add(Value value) {
  std::vector<Value>& values = open_.back().values;
  values.push_back(std::move(value));
  return {static_cast<int>(values.size()) - 1};
}

ValueId Builder::input(std::string name, DType dtype, Dims dims) {
  const ValueId id = add({dtype, std::move(dims)});
  open_.back().inputs.push_back({std::move(name), id});
  return id;
}

std::vector<ValueId> Builder::node(std::string op, std::vector<Argument> args, std::vector<Value> outputs, std::string path,
                                   std::vector<Function> functions) {
  std::vector<ValueId> ids;
  ids.reserve(outputs.size());
  for (Value& value : outputs) ids.push_back(add(std::move(value)));
  open_.back().nodes.push_back({std::move(op), std::move(args), ids, std::move(path), std::move(functions)});
  return ids;
}

void Builder::output(std::string name, ValueId value) { open_.back().outputs.push_back({std::move(name), value}); }

std::optional<Function> Builder::end_function() {
  Function function = std::move(open_.back());
  open_.pop_back();
  if (!open_.empty()) return function;
  module_.functions.push_back(std::move(function));
  return std::nullopt;
}

void Builder::proven(std::string symbol, std::vector<int64_t> sizes) {
  module_.proven_sizes.emplace_back(std::move(symbol), std::move(sizes));
}

void Builder::valid(std::string function, Dim length) { module_.valid_sizes.emplace_back(std::move(function), std::move(length)); }

Module Builder::build() && { return std::move(module_); }

}  // namespace kelt::graph
