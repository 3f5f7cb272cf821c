// pipeline/convert.h — a source module becomes a LiteRT model: verified, lowered, optimised.

#pragma once

#include <string>
#include <vector>

#include "base/sink.h"
#include "graph/module.h"
#include "litert/model.h"

namespace kelt::pipeline {

struct ConvertOptions {
  bool optimize = true;
  // The libLiteRt.so that computes constants; empty: where runtime/library.h finds it, when there is something to compute.
  std::string runtime_library = {};
  Sinks sinks = {};
};

// The model refers to the module's weights and must not outlive what they borrow.
[[nodiscard]] Result<litert::Model> convert(const graph::Module& module, const ConvertOptions& options = {});

// What of a module has no LiteRT form: each operation with its path, op, reason and remedy. Reads no weight.
[[nodiscard]] Result<std::vector<Error>> find_rejections(const graph::Module& module);

}  // namespace kelt::pipeline
