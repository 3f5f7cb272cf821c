// runtime/evaluate.h — a file, run once: what a pass needs to fold constants without knowing the runtime.

#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "runtime/runtime.h"
#include "weights/array.h"

namespace kelt::runtime {

// The outputs of a file's only signature, in its order, given its inputs in their order.
using Evaluate = std::function<Result<std::vector<Array>>(std::span<const std::byte> file, std::span<const Array> inputs)>;

[[nodiscard]] Result<std::vector<Array>> evaluate(const Runtime& runtime, std::span<const std::byte> file,
                                                  std::span<const Array> inputs = {});

// The same as a function to hand on. The library is loaded at the first call, from `library` or from where find_library finds it.
[[nodiscard]] Evaluate evaluator(std::string library = {});

}  // namespace kelt::runtime
