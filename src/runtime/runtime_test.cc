#include "runtime/runtime.h"

#include <fstream>
#include <iterator>

#include "runtime/testing.h"

namespace kelt::runtime {
namespace {

CompiledModel open(const std::string& name, const OpenOptions& options = {}) {
  Result<CompiledModel> model = runtime_for_tests().open(test_file(name), options);
  EXPECT_TRUE(model.ok()) << model.error().to_string();
  return *std::move(model);
}

TEST(Runtime, DescribesSignaturesInTheirOrder) {
  const CompiledModel model = open("two_signatures");
  ASSERT_EQ(model.signatures().size(), 2u);
  const SignatureInfo& count = model.signatures()[1];
  EXPECT_EQ(count.key, "count");
  ASSERT_EQ(count.inputs.size(), 2u);
  EXPECT_EQ(count.inputs[0].name, "i");
  EXPECT_EQ(count.inputs[0].dtype, DType::kInt64);
  EXPECT_EQ(count.inputs[0].shape, Shape({-1}));
  EXPECT_EQ(count.inputs[1].dtype, DType::kBool);
  EXPECT_EQ(count.outputs[1].name, "unmasked");
}

TEST(Runtime, RunsASignatureByTheNamesOfItsInputsInAnyOrder) {
  CompiledModel model = open("two_signatures");
  const std::vector<float> x = {1, 2, 3, 4, 5, 6};
  const std::vector<float> k = {0.5f};
  const std::vector<Input> inputs = {{"k", DType::kFloat32, {1}, bytes_of(k)}, {"x", DType::kFloat32, {2, 3}, bytes_of(x)}};
  const auto outputs = model.run("scale", inputs);
  ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
  EXPECT_EQ(outputs->at(0).name, "y");
  EXPECT_EQ(outputs->at(0).shape, Shape({2, 3}));
  EXPECT_EQ(values_of<float>(outputs->at(0)), std::vector<float>({0.5f, 1, 1.5f, 2, 2.5f, 3}));
}

TEST(Runtime, TakesTheSizesOfTheInputsItIsGiven) {
  CompiledModel model = open("two_signatures");
  for (const size_t size : {3u, 1u, 7u}) {
    const std::vector<int64_t> i(size, 40'000'000'000);
    const std::vector<uint8_t> mask(size, 1);
    const auto outputs = model.run("count", std::vector<Input>{{"i", DType::kInt64, {static_cast<int64_t>(size)}, bytes_of(i)},
                                                               {"mask", DType::kBool, {static_cast<int64_t>(size)}, bytes_of(mask)}});
    ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
    EXPECT_EQ(values_of<int64_t>(outputs->at(0)), std::vector<int64_t>(size, 40'000'000'001));
    EXPECT_EQ(values_of<uint8_t>(outputs->at(1)), std::vector<uint8_t>(size, 0));
  }
}

TEST(Runtime, RunsAFileFromMemory) {
  std::ifstream file(test_file("split"), std::ios::binary);
  const std::vector<char> chars((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto model = runtime_for_tests().open(std::as_bytes(std::span(chars)));
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  const std::vector<float> x = {0, 0, 0, 0};
  const auto outputs = model->run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, bytes_of(x)}});
  ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
  EXPECT_EQ(values_of<float>(outputs->at(0)), std::vector<float>({0.5f, 2, 4.5f, 8}));
}

TEST(Runtime, GivesTheSameWithEveryKindOfKernel) {
  const std::vector<float> x = {1, 2, 3, 4};
  for (const Kernels kernels : {Kernels::kDelegate, Kernels::kBuiltin, Kernels::kReference}) {
    CompiledModel model = open("split", {.threads = 2, .kernels = kernels});
    const auto outputs = model.run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, bytes_of(x)}});
    ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
    EXPECT_EQ(values_of<float>(outputs->at(0)), std::vector<float>({2, 8, 18, 32}));
  }
}

TEST(Runtime, FindsTheSizeOfAnOutputWhoseShapeIsComputed) {
  CompiledModel model = open("computed_shape");
  for (const int64_t size : {2, 5}) {
    const std::vector<float> x(static_cast<size_t>(size * 3 * 4), 1.0f);
    const auto outputs = model.run("", std::vector<Input>{{"x", DType::kFloat32, {size, 3, 4}, bytes_of(x)}});
    ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
    EXPECT_EQ(outputs->at(0).shape, Shape({size, 3, 2, 2}));
    EXPECT_EQ(values_of<float>(outputs->at(0)), std::vector<float>(x.size(), 6.0f));
  }
}

TEST(Runtime, SaysThatASizeWhichFollowsFromValuesCantBeReturned) {
  CompiledModel model = open("data_dependent");
  const std::vector<uint8_t> x = {0, 1, 1, 0};
  const auto outputs = model.run("", std::vector<Input>{{"x", DType::kBool, {4}, bytes_of(x)}});
  ASSERT_FALSE(outputs.ok());
  EXPECT_NE(outputs.error().remedy.find("size follows from values"), std::string::npos);
}

TEST(Runtime, RejectsInputsThatDoNotFit) {
  CompiledModel model = open("split");
  const std::vector<float> x(8, 1.0f);
  const auto code = [&](const Input& input) {
    const auto outputs = model.run("", std::vector<Input>{input});
    return outputs.ok() ? Code::kInternal : outputs.error().code;
  };
  EXPECT_EQ(code({"z", DType::kFloat32, {2, 4}, bytes_of(x)}), Code::kNotFound);
  EXPECT_EQ(code({"x", DType::kInt32, {2, 4}, bytes_of(x)}), Code::kInvalidArgument);
  EXPECT_EQ(code({"x", DType::kFloat32, {4, 2}, bytes_of(x)}), Code::kInvalidArgument);
  EXPECT_EQ(code({"x", DType::kFloat32, {3, 4}, bytes_of(x)}), Code::kInvalidArgument);
  EXPECT_EQ(model.run("", {}).error().what, "input x is not given");
  EXPECT_EQ(model.run("other", {}).error().remedy, "It has: serving_default");
}

TEST(Runtime, ResizesAFixedDimOnlyWhenAsked) {
  CompiledModel model = open("two_signatures");
  EXPECT_FALSE(model.resize("scale", "x", {4, 3}).ok());
  const Result<void> resized = model.resize("scale", "x", {4, 3}, true);
  ASSERT_TRUE(resized.ok()) << resized.error().to_string();
  const std::vector<float> x(12, 2.0f);
  const std::vector<float> k = {3};
  const auto outputs =
      model.run("scale", std::vector<Input>{{"x", DType::kFloat32, {4, 3}, bytes_of(x)}, {"k", DType::kFloat32, {1}, bytes_of(k)}});
  ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
  EXPECT_EQ(values_of<float>(outputs->at(0)), std::vector<float>(12, 6.0f));
}

TEST(Runtime, TellsWhyAFileIsRejectedAndPrintsNothing) {
  testing::internal::CaptureStderr();
  const Runtime runtime = runtime_for_tests();
  const auto rejected = runtime.open(test_file("rejected"));
  const auto missing = runtime.open(test_file("no_such_file"));
  const auto good = runtime.open(test_file("split"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_TRUE(good.ok());
  ASSERT_FALSE(rejected.ok());
  EXPECT_NE(rejected.error().notes.at(0).find("'ADD' version '99'"), std::string::npos) << rejected.error().to_string();
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().notes.at(0).find("Could not open"), std::string::npos);
}

TEST(Runtime, TellsWhatFailedWhileItRan) {
  CompiledModel model = open("gather");
  const std::vector<float> x(8, 1.0f);
  const std::vector<int32_t> i = {9};
  const auto outputs =
      model.run("", std::vector<Input>{{"x", DType::kFloat32, {4, 2}, bytes_of(x)}, {"i", DType::kInt32, {1}, bytes_of(i)}});
  ASSERT_FALSE(outputs.ok());
  EXPECT_NE(outputs.error().to_string().find("gather index out of bounds"), std::string::npos) << outputs.error().to_string();
}

TEST(Runtime, SaysWhatIsNotALibrary) {
  const auto missing = Runtime::load("/no/such/libLiteRt.so");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Code::kNoRuntime);
  EXPECT_NE(missing.error().remedy.find("pip install ai-edge-litert"), std::string::npos);
  const auto other = Runtime::load("libm.so.6");
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.error().what.find("LiteRtCreateEnvironment"), std::string::npos);
}

}  // namespace
}  // namespace kelt::runtime
