// calibrate/second_moments.h — Σ x·xᵀ over the rows of tensors: how the inputs of a dense layer vary together, which GPTQ needs.
//
// The runtime multiplies: a copy of the file has a product as an output for each tensor.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "calibrate/data.h"
#include "observe/observe.h"

namespace kelt::calibrate {

struct SecondMoments {
  int64_t width = 0;        // the tensor's last dim
  uint64_t samples = 0;     // runs
  std::vector<float> sums;  // [width, width], symmetric
};
using MomentsVisitor = std::function<Result<void>(const Place&, const SecondMoments&)>;

// For the sums of one group: what the largest constant takes, 64 MiB at least. A runtime that bears the one bears the other, and each
// group more runs all samples once more.
[[nodiscard]] size_t memory_for_moments(const litert::Model& model);

// Of float32 tensors of signatures' own subgraphs, inputs as well. As many tensors at a time as have their sums in `limits.memory`; for
// each such group the samples run once more. Tensors that have none come back.
[[nodiscard]] Result<std::vector<observe::Unreadable>> second_moments(const runtime::Runtime& runtime, const observe::File& file,
                                                                      std::span<const Data> data, std::span<const Place> places,
                                                                      const MomentsVisitor& visit, const Limits& limits);

}  // namespace kelt::calibrate
