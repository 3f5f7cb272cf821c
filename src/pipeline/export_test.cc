// A module becomes a file: the same bytes each time, whole or not at all.

#include "pipeline/export.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "graph/parse.h"
#include "graph/store.h"
#include "litert/read.h"
#include "pipeline/metadata.h"
#include "weights/testing.h"

namespace kelt::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr char kModule[] = R"(
  proven "n" = [1, 3]
  weight @0 "conv/kernel": f32[3,3,3,8] = random(7)
  weight @1 "conv/bias": f32[8] = random(8)
  fn "serving_default" (%0 "image": f32[n,8,8,3]) {
    %1: f32[3,3,3,8] = weight(table=@0)
    %2: f32[n,4,4,8] = conv(inputs=%0, kernel=%1, strides=2, padding="same", data_format="channels_last", dilation_rate=1)  # stem/conv
    %3: f32[8] = weight(table=@1)
    %4: f32[n,4,4,8] = add(x1=%2, x2=%3)  # stem/conv
    %5: f32[n,4,4,8] = relu(x=%4)  # stem/relu
  } -> (%5 "features")
)";
constexpr char kRejected[] = R"(fn "f" (%0 "x": f32[1]) { %1: f32[1] = no_such_op(x=%0)  # head/odd
  } -> (%1 "y"))";

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class Export : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("kelt_export_" + std::to_string(::getpid()) + "_" + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

// The values of the source by the operators that make them.
std::vector<std::pair<std::string, int>> sources_of(const litert::Model& model) {
  std::vector<std::pair<std::string, int>> found;
  for (const litert::Operator& op : model.subgraphs[0].operators) {
    const litert::Tensor& tensor = model.subgraphs[0].tensors[op.outputs[0]];
    found.emplace_back(tflite::EnumNameBuiltinOperator(op.code), tensor.source ? tensor.source->value : -1);
  }
  return found;
}

TEST(Convert, NamesTheValuesOfTheModuleThatCameInThoughRulesMoveThem) {
  const graph::Module module = *graph::parse(R"(fn "f" (%0 "x": f32[4]) {
    %1: f32[] = constant(value=3)
    %2: f32[4] = exp(x=%0)
    %3: f32[4] = power(x1=%2, x2=%1)
    %4: f32[4] = tanh(x=%3)
  } -> (%4 "y"))");
  using Sources = std::vector<std::pair<std::string, int>>;
  EXPECT_EQ(sources_of(*convert(module)), (Sources{{"EXP", 2}, {"SQUARE", -1}, {"MUL", 3}, {"TANH", 4}}));
  EXPECT_EQ(sources_of(*convert(module, {.optimize = false})), (Sources{{"EXP", 2}, {"POW", 3}, {"TANH", 4}}));
}

TEST_F(Export, TheFileTellsWhichWeightsHaveChangedSince) {
  const graph::Module module = *graph::parse(kModule);
  ASSERT_TRUE(export_file(module, folder_ / "a.tflite").ok());
  const litert::Model file = *litert::read_model(folder_ / "a.tflite");
  EXPECT_EQ(*changed_weights(module, file), std::vector<int>());
  graph::Module other = module;
  other.weights[1].array = array_from<float>({8}, std::vector<float>(8, 1.0F));
  EXPECT_EQ(*changed_weights(other, file), std::vector<int>{1});
  other.weights.pop_back();
  EXPECT_EQ(*changed_weights(other, file), std::vector<int>()) << "another table";
}

// Two layers of equal size, a third that is scaled behind, and one that nothing reads.
constexpr char kLayers[] = R"(
  weight @0 "a/kernel": f32[128,128] = random(1)
  weight @1 "a/bias": f32[128] = random(2)
  weight @2 "b/kernel": f32[128,128] = random(3)
  weight @3 "b/bias": f32[128] = random(4)
  weight @4 "c/kernel": f16[128,64] = random(5)
  weight @5 "c/scale": f32[64] = random(6)
  weight @6 "unused": f32[100] = random(7)
  fn "serving_default" (%0 "x": f32[n,128]) {
    %1: f32[128,128] = weight(table=@0)
    %2: f32[n,128] = matmul(x1=%0, x2=%1)  # a
    %3: f32[128] = weight(table=@1)
    %4: f32[n,128] = add(x1=%2, x2=%3)  # a
    %5: f32[128,128] = weight(table=@2)
    %6: f32[n,128] = matmul(x1=%4, x2=%5)  # b
    %7: f32[128] = weight(table=@3)
    %8: f32[n,128] = add(x1=%6, x2=%7)  # b
    %9: f16[128,64] = weight(table=@4)
    %10: f32[128,64] = cast(x=%9, dtype="float32")
    %11: f32[n,64] = matmul(x1=%8, x2=%10)  # c
    %12: f32[64] = weight(table=@5)
    %13: f32[n,64] = multiply(x1=%11, x2=%12)  # c
  } -> (%13 "y")
)";

TEST_F(Export, ReadsEveryWeightOnceAndTakesItsFingerprintFromThat) {
  graph::Module module = *graph::parse(kLayers);
  std::vector<std::shared_ptr<testing::Meter>> meters;
  for (graph::Weight& weight : module.weights) {
    meters.push_back(std::make_shared<testing::Meter>());
    weight.array = testing::metered(weight.array, meters.back());
  }
  ASSERT_TRUE(export_file(module, folder_ / "a.tflite", {.threads = 4}).ok());
  constexpr uint64_t kEnds = 4096;  // of kernels of equal size, which may be equal
  // What is stored as a half again has its range looked at first.
  const std::vector<uint64_t> once = {128 * 128 * 4 + kEnds, 128 * 4, 128 * 128 * 4 + kEnds, 128 * 4, 2 * 128 * 64 * 2};
  for (size_t i = 0; i < once.size(); ++i) {
    const bool is_bias = i == 1 || i == 3;  // small: the folds read it again and again
    EXPECT_LE(meters[i]->bytes, is_bias ? 8 * once[i] : once[i]) << module.weights[i].name;
  }
  EXPECT_EQ(meters[6]->bytes, 400U) << "for its fingerprint";
  EXPECT_EQ(*changed_weights(module, *litert::read_model(folder_ / "a.tflite")), std::vector<int>());
}

TEST_F(Export, ReportsWhatIsInTheFile) {
  const Result<Report> report = export_file(*graph::parse(kModule), folder_ / "a.tflite");
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->file.file_bytes, fs::file_size(folder_ / "a.tflite"));
  EXPECT_EQ(report->operators, (std::vector<std::pair<std::string, size_t>>{{"CONV_2D", 1}}));
  ASSERT_EQ(report->signatures.size(), 1);
  EXPECT_EQ(report->signatures[0].inputs[0], (std::pair<std::string, std::string>("image", "f32[n, 8, 8, 3]")));
  EXPECT_EQ(report->signatures[0].outputs[0].first, "features");
}

TEST_F(Export, GivesTheSameBytesFromMemoryAndFromADirectoryAtAnyThreadCount) {
  const graph::Module module = *graph::parse(kModule);
  ASSERT_TRUE(graph::save(module, folder_ / "module").ok());
  ASSERT_TRUE(export_file(module, folder_ / "a.tflite", {.threads = 1}).ok());
  ASSERT_TRUE(export_file(*graph::load(folder_ / "module"), folder_ / "b.tflite", {.threads = 4}).ok());
  EXPECT_EQ(bytes_of(folder_ / "a.tflite"), bytes_of(folder_ / "b.tflite"));
}

TEST_F(Export, LeavesTheOldFileWhenTheModelIsRejected) {
  std::ofstream(folder_ / "a.tflite") << "old";
  const Result<Report> report = export_file(*graph::parse(kRejected), folder_ / "a.tflite");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, Code::kUnsupported);
  EXPECT_EQ(report.error().path, "head/odd");
  EXPECT_EQ(bytes_of(folder_ / "a.tflite"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(Export, RejectsAnotherSuffixAndAFolderThatIsNotThere) {
  const graph::Module module = *graph::parse(kModule);
  EXPECT_EQ(export_file(module, folder_ / "a.onnx").error().code, Code::kInvalidArgument);
  EXPECT_EQ(export_file(module, folder_ / "none" / "a.tflite").error().code, Code::kNotFound);
}

TEST_F(Export, RejectsAModuleThatBreaksARule) {
  const Result<Report> report = export_file(*graph::parse("fn \"f\" () {} -> ()"), folder_ / "a.tflite");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, Code::kTypeMismatch);
}

TEST(Convert, WritesTheProvenSizesIntoTheMetadata) {
  const Result<litert::Model> model = convert(*graph::parse(kModule));
  ASSERT_TRUE(model.ok());
  ASSERT_EQ(model->metadata.size(), 3) << "with the sources and the fingerprints";
  EXPECT_EQ(model->metadata[0].name, kMetadataName);
  const std::vector<std::byte> bytes = *read_all(model->metadata[0].bytes);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_NE(text.find(R"("proven_sizes":{"n":[1,3]})"), std::string::npos) << text;
}

TEST(Convert, SaysHowFarItIs) {
  std::vector<std::string> stages;
  ConvertOptions options;
  options.sinks.progress = [&stages](std::string_view stage, uint64_t, uint64_t) { stages.emplace_back(stage); };
  ASSERT_TRUE(convert(*graph::parse(kModule), options).ok());
  EXPECT_EQ(stages, (std::vector<std::string>{"verify", "lower", "optimize", "optimize"}));
}

}  // namespace
}  // namespace kelt::pipeline
