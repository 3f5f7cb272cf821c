// pipeline/metadata.h — what a file says of its own making, as JSON under the metadata name "kelt":
//   {"version": "0.1.0", "proven_sizes": {"n": [1, 3]}, "valid_sizes": …}   (valid_sizes.h)
// and which tensor equals which value of the module (litert/sources.h), and a fingerprint of each weight of the module.

#pragma once

#include <vector>

#include "graph/module.h"
#include "litert/model.h"

namespace kelt::pipeline {

inline constexpr char kMetadataName[] = "kelt";
inline constexpr char kWeightsName[] = "kelt.weights";  // 8 bytes a weight, little-endian, in the order of the module's table

// Reads no weight: the fingerprints are computed while the model is written.
[[nodiscard]] Result<void> describe(const graph::Module& module, litert::Model& model);

// The weights of the module that are not what they were when the file was made; nothing if the file does not say, or was made
// of a module with another table.
[[nodiscard]] Result<std::vector<int>> changed_weights(const graph::Module& module, const litert::Model& file);

}  // namespace kelt::pipeline
