// verify/mismatch.h — the first tensor at which a file differs from its model.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "litert/model.h"
#include "runtime/runtime.h"
#include "verify/compare.h"

namespace kelt::verify {

// The model's value; none where the caller does not have it.
using Reference = std::function<Result<std::optional<View>>(const litert::SourceValue&)>;

struct Mismatch {
  std::string tensor;  // its name in the file
  std::string op;      // that computes it: "CONV_2D"
  litert::SourceValue source;
  Comparison comparison;
};

struct Search {
  std::optional<Mismatch> first;  // in order of execution
  // What was found equal up to it. A fused operator computes what several layers do: those behind these values.
  std::vector<litert::SourceValue> agreed;
  size_t unreadable = 0;  // tensors whose values the runtime can't give
};

// Runs the file and compares, in order of execution, each tensor that equals a source value (observe/observe.h). `limit`: of floats,
// if it is above that of their dtype.
[[nodiscard]] Result<Search> find_mismatch(const runtime::Runtime& runtime, const std::filesystem::path& file, std::string_view signature,
                                           std::span<const runtime::Input> inputs, const Reference& reference, double limit = 0);

}  // namespace kelt::verify
