// graph/builder.h — makes a Module from calls in order of execution.
//
// A function is begun, given inputs, nodes and outputs, and ended. One begun while another is open is nested: end_function
// returns it, for the node that holds it. The Builder checks nothing; verify does.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/module.h"

namespace kelt::graph {

class Builder {
 public:
  WeightId weight(std::string name, Array array);
  StateId state(std::string name, DType dtype, Dims dims, WeightId initial);

  void begin_function(std::string name);
  ValueId input(std::string name, DType dtype, Dims dims);
  // A node whose outputs have the given types; returns their ids.
  std::vector<ValueId> node(std::string op, std::vector<Argument> args, std::vector<Value> outputs, std::string path = {},
                            std::vector<Function> functions = {});
  void output(std::string name, ValueId value);
  // The function, if it was nested; else it went into the module.
  std::optional<Function> end_function();

  // The sizes at which `symbol` was proven.
  void proven(std::string symbol, std::vector<int64_t> sizes);
  // A length that must not be negative for `function` to hold.
  void valid(std::string function, Dim length);

  // How many functions are open; input, node and output need one.
  [[nodiscard]] size_t depth() const { return open_.size(); }
  // The table of the function at hand.
  [[nodiscard]] std::span<const Value> values() const { return open_.back().values; }

  [[nodiscard]] Module build() &&;

 private:
  ValueId add(Value value);

  Module module_;
  std::vector<Function> open_;
};

}  // namespace kelt::graph
