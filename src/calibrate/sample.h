// calibrate/sample.h — the inputs that a user gives for one run → those that the signature takes, or what is wrong with them.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "litert/model.h"
#include "runtime/host_memory.h"
#include "runtime/runtime.h"

namespace kelt::calibrate {

// What a signature takes, in its order.
struct Wanted {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;  // -1: any
};
[[nodiscard]] std::vector<Wanted> wanted_inputs(const litert::Model& model, const litert::Signature& signature);

// An input that was given without its batch, or with a batch of 1.
struct Repeated {
  std::string name;
  size_t times = 1;
  friend bool operator==(const Repeated&, const Repeated&) = default;
};

// Inputs of a run, in the order of the signature.
struct Fitted {
  std::vector<runtime::Input> inputs;
  std::vector<runtime::HostMemory> converted;  // memory of those that were not given as they are taken
  std::vector<Repeated> repeated;
};

// Floats of any width become float32, integers floats and other integers, as far as they are the same numbers. An array without
// the first dim, or with a first dim of 1, is repeated to the batch of the signature. `sample` is its number, for errors.
[[nodiscard]] Result<Fitted> fit_sample(const litert::Model& model, const litert::Signature& signature,
                                        std::span<const runtime::Input> given, size_t sample);

}  // namespace kelt::calibrate
