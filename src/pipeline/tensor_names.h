// pipeline/tensor_names.h — every tensor of the file gets a name: the path of its layer and what it is,
// "encoder/attention/query/kernel".
//
// No two of a model are equal and none is empty: tools that quantize, profile or draw a file know tensors by their names. They
// follow from the module alone, so they are the same on every backend.

#pragma once

#include "graph/module.h"
#include "litert/model.h"

namespace kelt::pipeline {

// Until then a tensor has the path of its layer for a name, and an input of a signature its own.
void name_tensors(const graph::Module& module, litert::Model& model);

}  // namespace kelt::pipeline
