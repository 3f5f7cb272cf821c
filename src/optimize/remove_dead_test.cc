#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(RemoveDead, DropsChainsThatEndNowhereAndTheirTensors) {
  litert::Model model = litert::model_of(R"(fn (x: f32[n,2], unused: f32[n,2]) { a = ABS(x)  b = NEG(a)  y = RELU(x) } -> (y))");
  ASSERT_TRUE(*remove_dead(model, {}));
  EXPECT_EQ(model.subgraphs[0].operators.size(), 1u);
  EXPECT_EQ(model.subgraphs[0].tensors.size(), 3u) << "x, the unused input and y";
  EXPECT_EQ(model.subgraphs[0].inputs.size(), 2u) << "an input that nothing reads stays";
  EXPECT_EQ(model.signatures[0].outputs[0].tensor, model.subgraphs[0].outputs[0]);
}

TEST(RemoveDead, LeavesALivingGraph) { expect_unchanged(remove_dead, R"(fn (x: f32[n,2]) { y = RELU(x) } -> (y))"); }

}  // namespace
}  // namespace kelt::optimize
