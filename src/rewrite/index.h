// rewrite/index.h — who makes and who reads the values of a function, and which of them are numbers.

#pragma once

#include <optional>
#include <vector>

#include "graph/module.h"

namespace kelt::rewrite {

class Index {
 public:
  // Both must outlive it, and stay as they are.
  Index(const graph::Module& module, const graph::Function& function);

  [[nodiscard]] const graph::Function& function() const { return *function_; }
  [[nodiscard]] const graph::Value& type(graph::ValueId id) const { return function_->values[id.index]; }
  // The number of the node that makes the value; -1 of an input.
  [[nodiscard]] int maker(graph::ValueId id) const { return makers_[id.index]; }
  [[nodiscard]] const graph::Node* maker_node(graph::ValueId id) const;
  // The numbers of the nodes that read it, one for each time.
  [[nodiscard]] const std::vector<int>& readers(graph::ValueId id) const { return readers_[id.index]; }
  [[nodiscard]] bool is_output(graph::ValueId id) const { return outputs_[id.index]; }
  // The number that the value is, if it has one element and follows from constants: sqrt(2.0), too.
  [[nodiscard]] std::optional<double> scalar(graph::ValueId id) const;
  // Whether the node makes numbers that are written down or small enough to be read, all of them finite.
  [[nodiscard]] bool is_finite_constant(const graph::Node& node) const;

 private:
  [[nodiscard]] std::optional<double> number_of(graph::ValueId id, int depth) const;
  [[nodiscard]] std::optional<double> operand(const graph::Node& node, std::string_view name, int depth) const;
  [[nodiscard]] std::optional<double> computed(const graph::Node& node, int depth) const;

  const graph::Module* module_;
  const graph::Function* function_;
  std::vector<int> makers_;
  std::vector<std::vector<int>> readers_;
  std::vector<bool> outputs_;
};

// Of a number, or a list that holds one.
[[nodiscard]] std::optional<double> number_in(const graph::Attribute& attribute);

}  // namespace kelt::rewrite
