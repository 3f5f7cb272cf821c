// optimize/rewriter.h — who makes and who reads each tensor of a subgraph, kept right while a pass rewrites it.
//
// Operators are addressed by their position, which stays valid until finish(): erased operators are only marked.

#pragma once

#include <map>
#include <span>
#include <vector>

#include "litert/model.h"
#include "litert/quantization.h"

namespace kelt::optimize {

using OperatorId = int;
inline constexpr OperatorId kNoOperator = -1;

class Rewriter {
 public:
  // `subgraph` must outlive the Rewriter, and nobody else may change its operators meanwhile.
  explicit Rewriter(litert::Subgraph& subgraph);
  // Removes what was erased, adds what was inserted.
  ~Rewriter() { finish(); }
  Rewriter(const Rewriter&) = delete;
  Rewriter& operator=(const Rewriter&) = delete;

  [[nodiscard]] int size() const { return static_cast<int>(subgraph_->operators.size()); }
  [[nodiscard]] bool erased(OperatorId id) const { return erased_[id]; }
  [[nodiscard]] litert::Operator& at(OperatorId id) { return subgraph_->operators[id]; }
  [[nodiscard]] litert::Tensor& tensor(litert::TensorId id) { return subgraph_->tensors[id]; }
  [[nodiscard]] litert::Subgraph& subgraph() { return *subgraph_; }

  // The operator that makes a tensor, if one does.
  [[nodiscard]] OperatorId producer(litert::TensorId tensor) const { return tensor < 0 ? kNoOperator : producers_[tensor]; }
  // The producer, if it is of this kind; only the first output counts.
  [[nodiscard]] OperatorId producer(litert::TensorId tensor, litert::BuiltinOperator code);
  // The operators that read it, each once.
  [[nodiscard]] const std::vector<OperatorId>& consumers(litert::TensorId tensor) const { return consumers_[tensor]; }
  // The one operator that reads it, if no other does and it is not an output.
  [[nodiscard]] OperatorId only_consumer(litert::TensorId tensor) const;
  [[nodiscard]] bool is_output(litert::TensorId tensor) const { return is_output_[tensor]; }
  // Null unless it is constant and its array holds its values: not the packed bytes of a sparse tensor, or of 2-bit integers.
  [[nodiscard]] const Array* constant(litert::TensorId tensor) const;

  // A new constant tensor.
  litert::TensorId add_constant(Array array, std::string name);
  // A tensor that nothing makes or reads yet.
  litert::TensorId add_tensor(litert::Tensor tensor);
  // A new operator behind `id`, or in front of all behind kNoOperator; those behind the same one in the order of the calls. The
  // queries above don't know it until the Rewriter ends.
  void insert_after(OperatorId id, litert::Operator op);
  void set_input(OperatorId id, size_t index, litert::TensorId tensor);
  // Operator `id` makes `tensor` from now on, which its former producer, if any, must lose by erase().
  void set_output(OperatorId id, litert::TensorId tensor, size_t index = 0);
  // Every reader of `from` reads `to` instead. False, and nothing is done, if `from` is an output of the subgraph, which keeps
  // its tensor, or if the same bytes are other values in `to`: of another type, or quantized otherwise.
  bool replace_uses(litert::TensorId from, litert::TensorId to);
  // A result becomes a constant, whose producer the caller erases. False if the values that were computed are quantized other
  // than the result says: what reads it takes the result's word.
  bool make_constant(litert::TensorId result, Array values, const std::optional<litert::Quantization>& quantization);
  void erase(OperatorId id);
  // Operator `into` makes what `id` made, and `id` goes: a fusion of what follows into what precedes.
  void absorb(OperatorId into, OperatorId id);
  // Marks that something changed which the methods above didn't do: options of an operator.
  void touch() { changed_ = true; }
  [[nodiscard]] bool changed() const { return changed_; }

 private:
  void grow(litert::TensorId tensor);
  void finish();

  litert::Subgraph* subgraph_;
  std::vector<OperatorId> producers_;
  std::vector<std::vector<OperatorId>> consumers_;
  std::vector<bool> is_output_;
  std::vector<bool> erased_;
  std::map<OperatorId, std::vector<litert::Operator>> inserted_;  // behind which operator
  bool changed_ = false;
};

// Visits every subgraph, by its rewriter.
template <typename Visit>
Result<bool> rewrite_subgraphs(litert::Model& model, const Visit& visit) {
  bool changed = false;
  for (litert::Subgraph& subgraph : model.subgraphs) {
    Rewriter rewriter(subgraph);
    KELT_RETURN_IF_ERROR(visit(rewriter));
    changed |= rewriter.changed();
  }
  return changed;
}

// Visits every operator of every subgraph that is not erased, in order.
template <typename Visit>
Result<bool> rewrite_operators(litert::Model& model, const Visit& visit) {
  return rewrite_subgraphs(model, [&](Rewriter& rewriter) -> Result<void> {
    for (OperatorId id = 0; id < rewriter.size(); ++id) {
      if (!rewriter.erased(id)) KELT_RETURN_IF_ERROR(visit(rewriter, id));
    }
    return {};
  });
}

}  // namespace kelt::optimize
