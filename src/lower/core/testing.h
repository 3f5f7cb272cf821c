// lower/core/testing.h — tests of lowerings as text: the source graph (graph/print.h shows its form) and the LiteRT graph it becomes
// (litert/text.h).

#pragma once

#include <gtest/gtest.h>

#include "graph/parse.h"
#include "litert/testing.h"
#include "lower/lower.h"

namespace kelt::lower {

inline Result<litert::Model> lower_text(std::string_view source) {
  Result<graph::Module> module = graph::parse(source);
  if (!module.ok()) return std::move(module).error();
  return lower_module(*module);
}

// What is computed, without the source values and the paths of the layers.
inline std::string computation(litert::Model model) {
  for (litert::Subgraph& subgraph : model.subgraphs) {
    for (litert::Tensor& tensor : subgraph.tensors) tensor.source.reset();
    for (litert::Operator& op : subgraph.operators) op.path.clear();
  }
  return litert::canonical_text(model);
}

inline void expect_lowering(std::string_view source, std::string_view expected) {
  Result<litert::Model> model = lower_text(source);
  ASSERT_TRUE(model.ok()) << model.error().to_string() << "\n" << source;
  EXPECT_EQ(computation(*std::move(model)), computation(litert::model_of(expected)));
}

// The rejection says `what`.
inline void expect_rejected(std::string_view source, std::string_view what) {
  const Result<litert::Model> model = lower_text(source);
  ASSERT_FALSE(model.ok()) << litert::canonical_text(*model);
  EXPECT_NE(model.error().to_string().find(what), std::string::npos) << model.error().to_string();
}

}  // namespace kelt::lower
