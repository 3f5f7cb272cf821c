// lower/control/steps.h — a loop over the leading axis of tensors, one step for each element: what scan and rnn are.

#pragma once

#include <functional>
#include <span>
#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Steps {
  std::vector<Value> carry;   // the first ones
  std::vector<Value> xs;      // [length, …]
  std::vector<ValueType> ys;  // of one step
  Dim length;
  bool backwards = false;        // from the last x to the first
  bool stack_backwards = false;  // the y of a step lies where its x lies, not in the order of the steps
  bool unroll = false;           // where the length is a number
};

struct Stepped {
  std::vector<Value> carry;  // the last ones
  std::vector<Value> ys;     // [length, …]
};

// One step, written into `inside` (which is the caller's own where the loop is unrolled): carry and x's of the step → the next
// carry, then what is stacked.
using Step = std::function<Result<std::vector<Value>>(Lowering& inside, std::span<const Value> carry, std::span<const Value> xs)>;

Result<Stepped> emit_steps(Lowering& to, const Steps& steps, const Step& step);

// `value`, a scalar, in every element, by an operator: however large, it takes no room in the file.
Result<Value> filled_at_run_time(Lowering& to, const Value& value, const Dims& dims);

}  // namespace kelt::lower
