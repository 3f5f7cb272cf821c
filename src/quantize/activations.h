// quantize/activations.h — scales and zero points of the activations of a subgraph, from what is known of their values.

#pragma once

#include <map>
#include <utility>
#include <vector>

#include "quantize/plan.h"
#include "quantize/weighted.h"

namespace kelt::quantize {

// The integers of `bits` are value / scale + zero.
struct Params {
  int bits = 8;
  float scale = 1;
  int64_t zero = 0;
  friend bool operator==(const Params&, const Params&) = default;
};

// A tensor as integers of so many bits.
using Integers = std::pair<litert::TensorId, int>;

// Of every activation and constant that operators of kStatic read or make, and of `ports`. Tensors whose scales a kernel wants
// equal get the range of all of them together; where a fixed scale stands on one side, the writer converts.
[[nodiscard]] Result<std::map<Integers, Params>> choose_params(const Graph& graph, int subgraph, const std::vector<Decision>& decisions,
                                                               const std::vector<Integers>& ports, const statistics::Statistics& statistics,
                                                               statistics::RangeMethod method);

// [-128, 127] or, of 16 bits, symmetric about 0.
[[nodiscard]] Params params_of(const statistics::Range& range, int bits);

// The operands of a static operator that are activations or float constants, without weights and bias: their integers have params.
[[nodiscard]] std::vector<size_t> data_operands(const Graph& graph, const litert::Operator& op);

}  // namespace kelt::quantize
