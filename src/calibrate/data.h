// calibrate/data.h — samples as callers give them.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "litert/place.h"
#include "runtime/runtime.h"

namespace kelt::calibrate {

using litert::Place;

// Inputs by name, in any order: of one sample, or arrays that hold several (calibrate/split.h).
struct Given {
  std::vector<runtime::Input> inputs;
  bool several = false;
};
// What comes next, borrowed until the next is asked for; nothing at the end.
using Samples = std::function<Result<std::optional<Given>>()>;

struct Data {
  std::string signature;  // its key; of the only one, or serving_default, if empty
  Samples next;
};

struct Limits {
  int threads = 1;                    // of the runtime
  size_t memory = size_t{256} << 20;  // for the values of one run; more tensors than that take one run each part
};

}  // namespace kelt::calibrate
