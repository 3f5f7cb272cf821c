#include "runtime/evaluate.h"

#include <fstream>
#include <iterator>

#include "runtime/testing.h"

namespace kelt::runtime {
namespace {

std::vector<char> read(const std::string& name) {
  std::ifstream file(test_file(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Evaluate, RunsAFileWithoutInputs) {
  const std::vector<char> file = read("constants");
  const auto values = evaluator()(std::as_bytes(std::span(file)), {});
  ASSERT_TRUE(values.ok()) << values.error().to_string();
  ASSERT_EQ(values->size(), 2u);
  EXPECT_EQ(values->at(0).shape, Shape({2, 2}));
  EXPECT_EQ(*read_as<float>(values->at(0)), std::vector<float>({11, 22, 13, 24}));
  EXPECT_EQ(values->at(1).dtype, DType::kInt32);
  EXPECT_EQ(*read_as<int32_t>(values->at(1)), std::vector<int32_t>({6, 8}));
}

TEST(Evaluate, RunsAFileWithInputs) {
  const std::vector<char> file = read("split");
  const std::vector<float> x = {0, 1, 2, 3};
  const std::vector<Array> inputs = {array_from<float>({1, 4}, x)};
  const auto values = evaluator()(std::as_bytes(std::span(file)), inputs);
  ASSERT_TRUE(values.ok()) << values.error().to_string();
  EXPECT_EQ(*read_as<float>(values->at(0)), std::vector<float>({0.5f, 4.5f, 12.5f, 24.5f}));
  EXPECT_EQ(evaluator()(std::as_bytes(std::span(file)), {}).error().code, Code::kInvalidArgument);
}

TEST(Evaluate, SaysThatTheRuntimeIsMissing) {
  const std::vector<char> file = read("split");
  EXPECT_EQ(evaluator("/no/such/libLiteRt.so")(std::as_bytes(std::span(file)), {}).error().code, Code::kNoRuntime);
}

}  // namespace
}  // namespace kelt::runtime
