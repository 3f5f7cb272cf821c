// Every tensor of a file has a name of its own: the path of its layer and what it is.

#include "pipeline/tensor_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "graph/parse.h"
#include "pipeline/convert.h"

namespace kelt::pipeline {
namespace {

std::vector<std::string> names_of(const litert::Model& model) {
  std::vector<std::string> names;
  for (const litert::Subgraph& graph : model.subgraphs) {
    for (const litert::Tensor& tensor : graph.tensors) names.push_back(tensor.name);
  }
  return names;
}

std::vector<std::string> names_in(const char* text, const ConvertOptions& options = {}) {
  const Result<litert::Model> model = convert(*graph::parse(text), options);
  EXPECT_TRUE(model.ok()) << model.error().to_string();
  return model.ok() ? names_of(*model) : std::vector<std::string>();
}

using Names = std::vector<std::string>;

TEST(TensorNames, AreTheLayerAndWhatTheTensorIsToIt) {
  EXPECT_EQ(names_in(R"(
    weight @0 "net/stem/conv/kernel": f32[3,3,3,8] = random(7)
    weight @1 "net/stem/conv/bias": f32[8] = random(8)
    weight @2 "net/stem/gain/gamma": f32[8] = random(9)
    fn "serving_default" (%0 "image": f32[n,8,8,3]) {
      %1: f32[3,3,3,8] = weight(table=@0)
      %2: f32[n,4,4,8] = conv(inputs=%0, kernel=%1, strides=2, padding="same", data_format="channels_last", dilation_rate=1)  # stem/conv
      %3: f32[8] = weight(table=@1)
      %4: f32[n,4,4,8] = add(x1=%2, x2=%3)  # stem/conv
      %5: f32[n,4,4,8] = tanh(x=%4)  # stem/tanh
      %6: f32[8] = weight(table=@2)
      %7: f32[n,4,4,8] = multiply(x1=%5, x2=%6)  # stem/gain
      %8: f32[n,8] = mean(x=%7, axis=[1, 2])  # pool
    } -> (%8 "features")
  )"),
            (Names{"serving_default_image", "stem/conv/kernel", "stem/conv/conv_2d", "stem/tanh/tanh", "stem/gain/gamma", "stem/gain/mul",
                   "pool/axes", "pool/mean", "stem/conv/bias"}));
}

// Without a path, in a shared layer, and over two signatures.
constexpr char kAlike[] = R"(
  weight @0 "d/kernel": f32[4,4] = random(1)
  fn "one" (%0 "x": f32[n,4]) {
    %1: f32[4,4] = weight(table=@0)
    %2: f32[n,4] = matmul(x1=%0, x2=%1)  # d
    %3: f32[n,4] = tanh(x=%2)
    %4: f32[n,4] = matmul(x1=%3, x2=%1)  # d
    %5: f32[n,4] = tanh(x=%4)
  } -> (%5 "y")
  fn "two" (%0 "x": f32[n,4]) {
    %1: f32[4,4] = weight(table=@0)
    %2: f32[n,4] = matmul(x1=%0, x2=%1)  # d
  } -> (%2 "y")
)";

TEST(TensorNames, AreUniqueInAModelAndNeverEmpty) {
  for (const bool optimize : {false, true}) {
    const Names names = names_in(kAlike, {.optimize = optimize});
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size()) << ::testing::PrintToString(names);
    EXPECT_EQ(std::ranges::count(names, ""), 0);
    EXPECT_EQ(std::ranges::count(names, "d/kernel"), 1);
    EXPECT_EQ(std::ranges::count(names, "tanh_1"), 1);
    EXPECT_EQ(std::ranges::count(names, "two_x"), 1);
  }
}

TEST(TensorNames, OfFoldedConstantsAreThoseOfTheWeightThatTheyAreMadeOfOrOfTheirOperatorsOperand) {
  const Names names = names_in(R"(
    weight @0 "c/table": f32[4,4] = random(1)
    weight @1 "c/scale": f32[4] = random(2)
    fn "f" (%0 "x": f32[n,4]) {
      %1: f32[4,4] = weight(table=@0)
      %2: f32[n,4] = matmul(x1=%0, x2=%1)  # c
      %3: f32[4] = weight(table=@1)
      %4: f32[n,4] = multiply(x1=%2, x2=%3)  # c
    } -> (%4 "y")
  )");
  EXPECT_EQ(std::ranges::count(names, "c/table"), 1) << ::testing::PrintToString(names);
  EXPECT_EQ(std::ranges::count(names, "c/bias"), 1) << ::testing::PrintToString(names);
}

TEST(TensorNames, OfOneThatMovedAreStillTheWeights) {
  const Names names = names_in(R"(
    weight @0 "c/table": f16[4,4] = random(1)
    fn "f" (%0 "x": f32[n,4]) {
      %1: f16[4,4] = weight(table=@0)
      %2: f32[4,4] = cast(x=%1, dtype="float32")
      %3: f32[n,4] = matmul(x1=%0, x2=%2)  # c
    } -> (%3 "y")
  )");
  EXPECT_EQ(std::ranges::count(names, "c/table"), 1) << ::testing::PrintToString(names);
}

}  // namespace
}  // namespace kelt::pipeline
