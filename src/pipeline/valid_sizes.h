// pipeline/valid_sizes.h — the sizes for which a signature is what the model computes, where that is not all of them. In the
// metadata "kelt", only of such a file:
//   "valid_sizes": {"serving_default": {"inputs": {"x": ["n", "s", "4"]}, "not_negative": ["-s + 20000", "s - 5"]}}

#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/module.h"
#include "litert/model.h"

namespace kelt::pipeline {

struct ValidSizes {
  std::string signature;
  std::vector<std::pair<std::string, Dims>> inputs;
  Dims not_negative;
};

[[nodiscard]] nlohmann::ordered_json valid_sizes_json(const graph::Module& module);

// Nothing if the file does not say, as those that hold for all sizes, or says what can't be read.
[[nodiscard]] std::vector<ValidSizes> read_valid_sizes(const litert::Model& file);

// What must be so, in words: "s (axis 1 of x) must be at most 20000".
[[nodiscard]] std::vector<std::string> in_words(const ValidSizes& valid);

// Rejects shapes of the inputs, by name, for which the signature is not valid.
[[nodiscard]] Result<void> check_sizes(const ValidSizes& valid, const std::map<std::string, Shape>& shapes);

// The same for one signature of a file.
[[nodiscard]] Result<void> check_sizes(std::span<const ValidSizes> of_file, const std::string& signature,
                                       const std::map<std::string, Shape>& shapes);

}  // namespace kelt::pipeline
