// pipeline/metadata.h — what a file says of its own making, as JSON under the metadata name "kelt":
//   {"version": "0.1.0", "proven_sizes": {"n": [1, 3]}}
// and which tensor equals which value of the module (litert/sources.h).

#pragma once

#include "graph/module.h"
#include "litert/model.h"

namespace kelt::pipeline {

inline constexpr char kMetadataName[] = "kelt";

void describe(const graph::Module& module, litert::Model& model);

}  // namespace kelt::pipeline
