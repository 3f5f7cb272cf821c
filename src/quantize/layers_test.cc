#include "quantize/layers.h"

#include "litert/testing.h"

namespace kelt::quantize {
namespace {

// The layer of an operator whose result has this name.
std::string layer_named(const std::string& name) {
  litert::Model model = litert::model_of("fn (x: f32[2]) { y: f32[2] = TANH(x) } -> (y)");
  litert::Subgraph& graph = model.subgraphs[0];
  const litert::Operator& op = graph.operators[0];
  graph.tensors[static_cast<size_t>(op.outputs[0])].name = name;
  return layer_of(graph, op);
}

TEST(Layers, AreThatOfTheNameThatTensorflowPutsFirst) {
  EXPECT_EQ(layer_named("model/dense/Relu;model/dense/BiasAdd;model/dense/bias"), "model/dense/Relu");
  EXPECT_EQ(layer_named("model/dense/Relu"), "model/dense/Relu");
}

TEST(Layers, AreTheInnermostOfLitertTorch) {
  EXPECT_EQ(layer_named("m.Net;;m.Net/norm.Norm_norm;;m.Net/conv.Conv2d_stem;1"), "m.Net/conv.Conv2d_stem");
  EXPECT_EQ(layer_named("m.Net/m.Block_block;;m.Net;12"), "m.Net/m.Block_block");
  EXPECT_EQ(layer_named("m.Net/linear.Linear_up;"), "m.Net/linear.Linear_up");
  EXPECT_EQ(layer_named("m.Net;10"), "m.Net");
}

TEST(Layers, TakeAnyName) {
  for (const char* name : {"", ";", ";;", ";;;;", ";;a", "a;;;", ";1"}) (void)layer_named(name);
  EXPECT_EQ(layer_named("a;;"), "a");
}

}  // namespace
}  // namespace kelt::quantize
