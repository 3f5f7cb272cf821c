// runtime/trial.h — a file tried out: inputs made up where none are given, runs timed, and what XNNPACK took.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/runtime.h"

namespace kelt::runtime {

struct TrialOptions {
  std::string signature = {};               // empty: the only one, or serving_default
  std::map<std::string, Shape> sizes = {};  // of inputs by name; an unknown dim is 1 otherwise
  uint64_t seed = 0;                        // of the inputs that are made up
  int warm_up = 1;
  int runs = 10;
  OpenOptions open = {};
  // Rejects shapes of the inputs of a signature, by name; anything goes without.
  std::function<Result<void>(const std::string& signature, const std::map<std::string, Shape>& shapes)> check = {};
};

struct Tried {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::vector<std::byte> bytes;
  bool made_up = false;
};

struct Trial {
  std::string signature;
  std::vector<Tried> inputs;
  std::vector<Output> outputs;
  std::vector<double> seconds;  // of each run after the warm-up
  Delegation delegation;
};

// `given` are inputs by name; what is missing is random, the same for the same seed anywhere.
[[nodiscard]] Result<Trial> try_out(const Runtime& runtime, const std::string& file, const TrialOptions& options,
                                    std::span<const Input> given = {});

// Floats between -1 and 1, integers from 0 to 9 (they may be indices), bytes of every value.
[[nodiscard]] std::vector<std::byte> random_bytes(DType dtype, size_t count, uint64_t seed);

}  // namespace kelt::runtime
