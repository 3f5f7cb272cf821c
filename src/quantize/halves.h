// quantize/halves.h — constants of an operator as float16, widened when the file is loaded.
//
// The runtime widens them once, and so does XNNPACK for every operator that it takes. Rows that are looked up are widened after the
// lookup.

#pragma once

#include <functional>
#include <map>

#include "quantize/writer.h"

namespace kelt::quantize {

inline constexpr size_t kLeastHalved = size_t{64} << 10;  // bytes of a constant that is not weights or a table of rows

// The same for a model of floats: a hundredth of its constants, if that is more. Rounding what the file hardly gets smaller by
// costs all the same: the angles of rotary embeddings.
[[nodiscard]] size_t least_halved(const litert::Model& model);

// Whether an operator is better off with this operand, a constant, as a half.
[[nodiscard]] bool is_worth_halving(const litert::Operator& op, size_t operand, const Array& constant, size_t least = kLeastHalved);

class Halves {
 public:
  explicit Halves(Writer& to) : to_(&to) {}

  // Writes the operator, with those of its float32 constants as halves that `wanted` takes, that are worth it, and that float16 can
  // hold. False if there are none.
  [[nodiscard]] Result<bool> write(litert::Operator op, const std::function<bool(const Array&)>& wanted, size_t least = kLeastHalved);

 private:
  // None where float16 can't hold the constant.
  [[nodiscard]] Result<litert::TensorId> half_of(litert::TensorId tensor);
  [[nodiscard]] litert::TensorId widened(const litert::Operator& reader, litert::TensorId tensor, litert::TensorId half);
  void look_up(litert::Operator op, litert::TensorId half);

  Writer* to_;
  std::map<litert::TensorId, litert::TensorId> halves_, widened_;
};

}  // namespace kelt::quantize
