// quantize/halves.h — constants of an operator as float16, widened when the file is loaded.
//
// The runtime widens them once, and so does XNNPACK for every operator that it takes. Rows that are looked up are widened after the
// lookup.

#pragma once

#include <functional>
#include <map>

#include "quantize/writer.h"

namespace kelt::quantize {

// Whether an operator is better off with this operand, a constant, as a half.
[[nodiscard]] bool is_worth_halving(const litert::Operator& op, size_t operand, const Array& constant);

class Halves {
 public:
  explicit Halves(Writer& to) : to_(&to) {}

  // Writes the operator, with those of its float32 constants as halves that `wanted` takes, that are worth it, and that float16 can
  // hold. False if there are none.
  [[nodiscard]] Result<bool> write(litert::Operator op, const std::function<bool(const Array&)>& wanted);

 private:
  // None where float16 can't hold the constant.
  [[nodiscard]] Result<litert::TensorId> half_of(litert::TensorId tensor);
  [[nodiscard]] litert::TensorId widened(const litert::Operator& reader, litert::TensorId tensor, litert::TensorId half);
  void look_up(litert::Operator op, litert::TensorId half);

  Writer* to_;
  std::map<litert::TensorId, litert::TensorId> halves_, widened_;
};

}  // namespace kelt::quantize
