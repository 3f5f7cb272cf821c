// What leaves the step of a recurrent layer, as functions before and after.

#include "lower/control/hoist.h"

#include <gtest/gtest.h>

#include "graph/parse.h"
#include "graph/print.h"

namespace kelt::lower {
namespace {

graph::Function step_of(const std::string& inputs, const std::string& body) {
  const Result<graph::Module> module = graph::parse(
      "weight @0 \"W\": f32[3,4] = random(1)\nweight @1 \"R\": f32[4,4] = random(2)\nweight @2 \"b\": f32[4] = random(3)\nfn \"step\" (" +
      inputs + ") {" + body);
  EXPECT_TRUE(module.ok()) << module.error().to_string();
  return module->functions[0];
}

// The ops of each function, in order.
std::string ops(const graph::Function& function) {
  std::string text;
  for (const graph::Node& node : function.nodes) text += (text.empty() ? "" : " ") + node.op;
  return text;
}

const std::string kInputs = "%0 \"x\": f32[n,3], %1 \"h\": f32[n,4]";
const std::string kCell = R"(
  %2: f32[3,4] = weight(table=@0)
  %3: f32[n,4] = matmul(x1=%0, x2=%2)
  %4: f32[4,4] = weight(table=@1)
  %5: f32[n,4] = matmul(x1=%1, x2=%4)
  %6: f32[n,4] = add(x1=%3, x2=%5)
  %7: f32[4] = weight(table=@2)
  %8: f32[n,4] = add(x1=%6, x2=%7)
  %9: f32[n,4] = tanh(x=%8)
} -> (%9 "y", %9 "state"))";

TEST(Hoist, TakesTheInputsProjectionAndTheBiasBehindIt) {
  const Hoisted hoisted = hoist(step_of(kInputs, kCell), 1, Dim::symbol("s"));
  EXPECT_EQ(ops(hoisted.ahead), "weight weight weight matmul add");
  EXPECT_EQ(ops(hoisted.step), "weight weight weight matmul add tanh");
  ASSERT_EQ(hoisted.ahead.outputs.size(), 1U);
  EXPECT_EQ(to_string(hoisted.ahead.values[hoisted.ahead.outputs[0].value.index].dims), "[n*s, 4]");
  ASSERT_EQ(hoisted.step.inputs.size(), 2U);
  EXPECT_EQ(hoisted.step.inputs[0].value, hoisted.ahead.outputs[0].value);
  EXPECT_TRUE(hoisted.xs.empty()) << "the step reads x no more";
}

TEST(Hoist, LeavesWhatMixesTheBatch) {
  const Hoisted hoisted = hoist(step_of(kInputs, R"(
    %2: f32[n,3] = softmax(x=%0, axis=0)
    %3: f32[3,4] = weight(table=@0)
    %4: f32[n,4] = matmul(x1=%2, x2=%3)
    %5: f32[n,4] = add(x1=%4, x2=%1)
  } -> (%5 "y", %5 "state"))"),
                                1, Dim::symbol("s"));
  EXPECT_TRUE(hoisted.ahead.outputs.empty());
  EXPECT_EQ(hoisted.xs, std::vector<size_t>{0});
}

TEST(Hoist, GivesTheStepBothAnInputAndWhatIsMadeOfIt) {
  const Hoisted hoisted = hoist(step_of("%0 \"x\": f32[n,4], %1 \"h\": f32[n,4]", R"(
    %2: f32[n,4] = exp(x=%0)
    %3: f32[n,4] = multiply(x1=%2, x2=%1)
    %4: f32[n,4] = add(x1=%3, x2=%0)
  } -> (%4 "y", %4 "state"))"),
                                1, Dim(5));
  EXPECT_EQ(ops(hoisted.ahead), "exp");
  EXPECT_EQ(hoisted.xs, std::vector<size_t>{0});
  EXPECT_EQ(hoisted.step.inputs.size(), 3U);
}

TEST(Hoist, KeepsASumThatIsReadTwice) {
  const Hoisted hoisted = hoist(step_of(kInputs, R"(
    %2: f32[3,4] = weight(table=@0)
    %3: f32[n,4] = matmul(x1=%0, x2=%2)
    %4: f32[n,4] = add(x1=%3, x2=%1)
    %5: f32[4] = weight(table=@2)
    %6: f32[n,4] = add(x1=%4, x2=%5)
  } -> (%4 "y", %6 "state"))"),
                                1, Dim::symbol("s"));
  EXPECT_EQ(ops(hoisted.step), "weight weight add add");
}

}  // namespace
}  // namespace kelt::lower
