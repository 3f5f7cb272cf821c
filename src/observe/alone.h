// observe/alone.h — a node alone in a file, and the changes of it that XNNPACK may need to take it.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "litert/model.h"

namespace kelt::observe {

// An operator with its tensors: those that are no constants are the inputs of the file's only signature.
class Alone {
 public:
  Alone(const litert::Subgraph& graph, const litert::Operator& op);

  [[nodiscard]] const litert::Operator& node() const { return graph_.operators[0]; }
  [[nodiscard]] litert::Operator& node() { return graph_.operators[0]; }
  [[nodiscard]] const litert::Tensor& tensor(litert::TensorId id) const { return graph_.tensors[static_cast<size_t>(id)]; }
  [[nodiscard]] litert::Tensor& tensor(litert::TensorId id) { return graph_.tensors[static_cast<size_t>(id)]; }
  [[nodiscard]] const std::vector<litert::Tensor>& tensors() const { return graph_.tensors; }
  [[nodiscard]] std::vector<litert::Tensor>& tensors() { return graph_.tensors; }

  // The file.
  [[nodiscard]] litert::Model model() const;

 private:
  litert::Subgraph graph_;
};

struct Change {
  std::function<void(Alone&)> apply;
  std::string why;     // what keeps XNNPACK from the node, if it takes the changed one
  std::string remedy;  // empty where none is known
};

// "int32"
[[nodiscard]] std::string type_name(const litert::Tensor& tensor);

// In the order in which they are worth naming.
[[nodiscard]] std::vector<Change> changes_of(const Alone& alone);

}  // namespace kelt::observe
