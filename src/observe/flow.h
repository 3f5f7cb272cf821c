// observe/flow.h — which operator makes a tensor, which reads it last, and what that says of where the operators can be cut.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "litert/model.h"

namespace kelt::observe {

inline constexpr size_t kNever = std::numeric_limits<size_t>::max();

class Flow {
 public:
  explicit Flow(const litert::Subgraph& graph);

  // Whether a part that reads it computes it again: a few integers that are computed from nothing but shapes, which a runtime must
  // know before it runs, and what is computed from nothing but constants, such as weights in fewer bits.
  [[nodiscard]] bool is_computed_again(litert::TensorId id) const { return again_[static_cast<size_t>(id)]; }
  [[nodiscard]] bool computes_again(const litert::Operator& op) const;
  // kNever: an input, a constant.
  [[nodiscard]] size_t maker(litert::TensorId id) const { return maker_[static_cast<size_t>(id)]; }

  // How many tensors are alive before the operator, and whether each can be given to another model.
  struct Alive {
    size_t count = 0;
    bool can_be_given = true;
  };
  [[nodiscard]] const Alive& alive_before(size_t op) const { return alive_[op]; }

  // Adds the operators that this one needs and that are computed again.
  void add_needed(const litert::Operator& op, std::set<size_t>& operators) const;

 private:
  void find_what_is_computed_again();
  void find_what_cant_be_given();
  void count_alive();

  const litert::Subgraph& graph_;
  std::vector<size_t> maker_;  // by tensor
  std::vector<bool> again_;    // by tensor
  std::vector<bool> given_;    // by tensor: whether it can be given to another model
  std::vector<Alive> alive_;   // by operator
};

}  // namespace kelt::observe
