// litert/excerpt.h — operators of a subgraph, in one of their own with the tensors that they use.

#pragma once

#include <map>
#include <vector>

#include "litert/model.h"

namespace kelt::litert {

[[nodiscard]] inline bool is_constant(const Tensor& tensor) { return tensor.constant.has_value() || tensor.external_buffer != 0; }

class Excerpt {
 public:
  // Both outlive it.
  Excerpt(const Subgraph& from, Subgraph& to) : from_(from), to_(to) {}

  // In order of execution. The subgraphs that it runs keep their numbers.
  void add(const Operator& op);
  // Where a tensor of `from` stands; it is taken along if no operator has named it.
  TensorId move(TensorId id);

  // Of `from`, in the order in which they were met: what operators read and none here computes; the constants that they read.
  [[nodiscard]] const std::vector<TensorId>& read() const { return read_; }
  [[nodiscard]] const std::vector<TensorId>& constants() const { return constants_; }

 private:
  TensorId take(TensorId id, bool reads);
  void move_scales(Tensor& tensor);

  const Subgraph& from_;
  Subgraph& to_;
  std::map<TensorId, TensorId> moved_;
  std::vector<TensorId> read_, constants_;
};

}  // namespace kelt::litert
