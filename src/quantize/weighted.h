// quantize/weighted.h — the float weights of an operator, however its file holds them.

#pragma once

#include <optional>
#include <vector>

#include "litert/model.h"
#include "quantize/form.h"
#include "quantize/kernels.h"

namespace kelt::quantize {

// A subgraph, and which operator makes each of its tensors.
class Graph {
 public:
  explicit Graph(const litert::Subgraph& subgraph);
  [[nodiscard]] const litert::Subgraph& subgraph() const { return *subgraph_; }
  [[nodiscard]] const litert::Tensor& tensor(litert::TensorId id) const { return subgraph_->tensors[static_cast<size_t>(id)]; }
  // Null for inputs and constants.
  [[nodiscard]] const litert::Operator* producer(litert::TensorId id) const;
  // The same by its index; -1 for inputs and constants.
  [[nodiscard]] int producer_index(litert::TensorId id) const { return id < 0 ? -1 : producers_[static_cast<size_t>(id)]; }
  [[nodiscard]] bool is_constant(litert::TensorId id) const { return id >= 0 && tensor(id).constant.has_value(); }
  // Values of float32 that are known.
  [[nodiscard]] std::optional<Array> floats(litert::TensorId id) const;
  // A float32 tensor that is computed, or an input.
  [[nodiscard]] bool is_activation(litert::TensorId id) const;

 private:
  const litert::Subgraph* subgraph_;
  std::vector<int> producers_;
};

struct Weighted {
  size_t operand = 0;
  Array floats;
  const Kernel* kernel = nullptr;  // null: rows of a table, which are looked up
};

// Empty where the operator has no weights, or none of floats.
[[nodiscard]] std::optional<Weighted> weights_of(const Graph& graph, const litert::Operator& op);
// The bytes that they take in a form: integers with a scale of 4 bytes for each channel (whose zero points all tensors share), or
// float16 scales of blocks.
[[nodiscard]] uint64_t bytes_of(const litert::Operator& op, const Weighted& weights, const Form& form);
// The constant that an operand holds, be it widened by a DEQUANTIZE when the file is loaded; kNoTensor where it is computed.
[[nodiscard]] litert::TensorId stored_behind(const Graph& graph, litert::TensorId id);
// Whether its weights are integers already.
[[nodiscard]] bool has_integer_weights(const Graph& graph, const litert::Operator& op);

}  // namespace kelt::quantize
