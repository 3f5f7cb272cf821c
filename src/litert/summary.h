// litert/summary.h — what a model holds, in figures.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "litert/model.h"

namespace kelt::litert {

struct OpCount {
  std::string name;
  int version = 1;
  int count = 0;
  std::string runtime;  // the first that has this version, if known
};

struct LayerWeights {
  std::string path;  // of the layer, told by the constant's name
  size_t tensors = 0;
  uint64_t elements = 0;
  uint64_t bytes = 0;
};

struct Summary {
  std::vector<OpCount> operators;                 // the most frequent first
  std::vector<LayerWeights> layers;               // in the order of their first tensor
  std::map<std::string, uint64_t> bytes_of_type;  // of constants, by element type
  size_t tensors = 0;
  size_t constants = 0;
  uint64_t constant_bytes = 0;  // constants that share their bytes count once, here and above
  std::string min_runtime;      // that the operators need, and the place of the constants
};

[[nodiscard]] Summary summarize(const Model& model);

}  // namespace kelt::litert
