// Every rule of quantized files: a right model passes, and a broken one gives exactly that fault.

#include "quantize/validate.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "litert/read.h"
#include "litert/testing.h"

namespace kelt::quantize {
namespace {

namespace fs = std::filesystem;

struct Broken {
  const char* rule;
  const char* right;
  const char* broken;
  const char* what;  // a part of what the fault says
};

// A pair of `from` in a right model, and what breaks it, makes the next one: each line is small.
const std::vector<Broken>& broken_models() {
  static const std::vector<Broken> kAll = {
      {"Q1", "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: f32[4] = DEQUANTIZE(x) } -> y",
       "fn (x: i8[4] q{scale: [0], zero_point: [0]}) { y: f32[4] = DEQUANTIZE(x) } -> y", "the scale 0.000000 is no positive number"},
      {"Q2", "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1,1,1], zero_point: [0,0,0]}, _) } -> y",
       "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1,1,1], zero_point: [0]}, _) } -> y",
       "1 zero points stand beside 3 scales"},
      {"Q2", "fn (x: i16[4] q{scale: [1], zero_point: [0]}) { y: f32[4] = DEQUANTIZE(x) } -> y",
       "fn (x: i16[4] q{scale: [1], zero_point: [3]}) { y: f32[4] = DEQUANTIZE(x) } -> y", "the zero point 3 is none of its type"},
      {"Q2", "fn (x: i8[4] q{scale: [1], zero_point: [-128]}) { y: f32[4] = DEQUANTIZE(x) } -> y",
       "fn (x: i8[4] q{scale: [1], zero_point: [128]}) { y: f32[4] = DEQUANTIZE(x) } -> y", "the zero point 128 is none of its type"},
      {"Q3", "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1,1,1], zero_point: [0,0,0]}, _) } -> y",
       "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1,1], zero_point: [0,0]}, _) } -> y",
       "2 scales don't fit axis 0"},
      {"Q5", "fn (x: f32[1,2,2,2]) { y: f32[1,2,2,2] = CONV_2D(x, @k: i4[2,1,1,2] q{scale: [1,1], zero_point: [0,0]}, @b: f32[2]) } -> y",
       "fn (x: f32[1,2,2,2]) { y: f32[1,2,2,2] = TRANSPOSE_CONV(const i32[4] [1,2,2,2], @k: i4[2,1,1,2] q{scale: [1,1], zero_point: "
       "[0,0]}, x) } -> y",
       "no kernel runs int4 weights right beside float activations"},
      {"Q5",
       "fn (x: f32[1,2,2,2]) { y: f32[1,2,2,2] = DEPTHWISE_CONV_2D(x, @k: i8[1,1,1,2] q{scale: [1,1], zero_point: [0,0], "
       "quantized_dimension: 3}, @b: f32[2]) } -> y",
       "fn (x: f32[1,2,2,2]) { y: f32[1,2,2,2] = DEPTHWISE_CONV_2D(x, @k: i8[1,1,1,2] q{scale: [1], zero_point: [0]}, @b: f32[2]) } -> y",
       "the kernel reads a scale for each channel, and there is one"},
      {"Q6", "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1], zero_point: [0]}, _) } -> y",
       "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1], zero_point: [2]}, _) } -> y",
       "weights have a zero point that is not 0"},
      {"Q6",
       "fn (x: i8[4,2] q{scale: [1], zero_point: [0]}) { y: i8[4,1] q{scale: [1], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [1], zero_point: [0]} [-127, 3], _) } -> y",
       "fn (x: i8[4,2] q{scale: [1], zero_point: [0]}) { y: i8[4,1] q{scale: [1], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [1], zero_point: [0]} [-128, 3], _) } -> y",
       "a weight is -128"},
      {"Q7",
       "fn (x: f32[4,2]) { y: f32[4,2] = BATCH_MATMUL(x, @k: i8[2,2] q{scale: [1,1], zero_point: [0,0], quantized_dimension: 1}) } -> y",
       "fn (x: f32[4,2]) { y: f32[4,2] = BATCH_MATMUL(x, @k: i8[2,2] q{scale: [1,1], zero_point: [0,0], quantized_dimension: 0}) } -> y",
       "scales differ along axis 0, and the kernel reads them along axis 1"},
      {"Q7",
       "fn (x: f32[4,2]) { y: f32[4,2] = BATCH_MATMUL(x, @k: i8[2,2] q{scale: [1,1], zero_point: [0,0], quantized_dimension: 0}) {adj_y: "
       "true} } -> y",
       "fn (x: f32[4,2]) { y: f32[4,2] = BATCH_MATMUL(x, @k: i8[2,2] q{scale: [1,1], zero_point: [0,0], quantized_dimension: 1}) {adj_y: "
       "true} } -> y",
       "along axis 1, and the kernel reads them along axis 0"},
      {"Q7",
       "fn (x: i8[4,2] q{scale: [1], zero_point: [0]}) { y: i8[4,2] q{scale: [1], zero_point: [0]} = BATCH_MATMUL(x, @k: i8[2,2] q{scale: "
       "[1], zero_point: [0]}) } -> y",
       "fn (x: i8[4,2] q{scale: [1], zero_point: [0]}) { y: i8[4,2] q{scale: [1], zero_point: [0]} = BATCH_MATMUL(x, @k: i8[2,2] q{scale: "
       "[1,1], zero_point: [0,0], quantized_dimension: 1}) } -> y",
       "beside integers the kernel takes one scale"},
      {"Q8", "fn (x: f32[1,2,2,2]) { y: f32[1,2,2,2] = CONV_2D(x, @k: i8[2,1,1,2] q{scale: [1,1], zero_point: [0,0]}, @b: f32[2]) } -> y",
       "fn (x: f32[1,2,2,2]) { y: f32[1,2,2,2] = CONV_2D(x, @k: i8[2,1,1,2] q{scale: [1,1], zero_point: [0,0]}, _) } -> y",
       "it has no bias"},
      {"Q9",
       "fn (x: i8[4,2] q{scale: [0.5], zero_point: [0]}) { y: i8[4,1] q{scale: [1], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [0.25], zero_point: [0]} [1, 3], @b: i32[1] q{scale: [0.125], zero_point: [0]}) } -> y",
       "fn (x: i8[4,2] q{scale: [0.5], zero_point: [0]}) { y: i8[4,1] q{scale: [1], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [0.25], zero_point: [0]} [1, 3], @b: i32[1] q{scale: [0.5], zero_point: [0]}) } -> y",
       "the bias' scale is not the input's times the weights'"},
      {"Q9",
       "fn (x: i16[4,2] q{scale: [0.5], zero_point: [0]}) { y: i16[4,1] q{scale: [1], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [0.25], zero_point: [0]} [1, 3], @b: i64[1] q{scale: [0.125], zero_point: [0]}) } -> y",
       "fn (x: i8[4,2] q{scale: [0.5], zero_point: [0]}) { y: i8[4,1] q{scale: [1], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [0.25], zero_point: [0]} [1, 3], @b: i64[1] q{scale: [0.125], zero_point: [0]}) } -> y",
       "the bias is not int32"},
      {"Q9", "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1], zero_point: [0]}, @b: f32[3]) } -> y",
       "fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1], zero_point: [0]}, @b: i32[3]) } -> y",
       "beside float activations a bias is float32"},
      {"Q10",
       "fn (x: i8[4,2] q{scale: [1], zero_point: [0]}) { y: i8[4,1] q{scale: [0.5], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [1], zero_point: [0]} [1, 3], _) } -> y",
       "fn (x: i8[4,2] q{scale: [1], zero_point: [0]}) { y: i8[4,1] q{scale: [0.002], zero_point: [0]} = FULLY_CONNECTED(x, const i8[1,2] "
       "q{scale: [1], zero_point: [0]} [1, 3], _) } -> y",
       "500 times the output's"},
      {"Q11", "fn (x: i32[4]) { y: f16[4,2] = GATHER(@k: f16[3,2], x) } -> y",
       "fn (x: i32[4]) { y: f32[4,2] = GATHER(@k: f16[3,2], x) } -> y", "copies float16 rows as they are"},
      {"Q11", "fn (x: i32[4]) { y: f32[4,2] = EMBEDDING_LOOKUP(x, @k: i4[3,2] q{scale: [1], zero_point: [0]}) } -> y",
       "fn (x: i32[4]) { y: f32[4,3] = EMBEDDING_LOOKUP(x, @k: i4[2,3] q{scale: [1], zero_point: [0]}) } -> y",
       "rows of an odd number of int4"},
      {"Q12", "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: i8[4] q{scale: [2], zero_point: [0]} = RELU(x) } -> y",
       "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: f32[4] = RELU(x) } -> y", "it gives f32 from i8"},
      {"Q12",
       "fn (c: bool[4], x: i8[4] q{scale: [1], zero_point: [0]}) { y: i8[4] q{scale: [1], zero_point: [0]} = SELECT_V2(c, x, x) } -> y",
       "fn (c: bool[4], x: i8[4] q{scale: [1], zero_point: [0]}) { y: f32[4] = SELECT_V2(c, x, x) } -> y", "it gives f32 from i8"},
      {"Q13", "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: i8[4] q{scale: [1], zero_point: [0]} = ELU(x) } -> y",
       "fn (x: i16[4] q{scale: [1], zero_point: [0]}) { y: i16[4] q{scale: [1], zero_point: [0]} = ELU(x) } -> y",
       "no kernel for it on int16 with a scale"},
      {"Q13", "fn (x: i8[4]) { y: i8[4] = FLOOR_DIV(x, x) } -> y",
       "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: i8[4] q{scale: [1], zero_point: [0]} = FLOOR_DIV(x, x) } -> y",
       "no kernel for it on int8 with a scale"},
      {"Q13", "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: i8[4] q{scale: [1], zero_point: [0]} = NEG(x) } -> y",
       "fn (x: i8[4] q{scale: [1], zero_point: [5]}) { y: i8[4] q{scale: [1], zero_point: [5]} = NEG(x) } -> y", "ignores the zero point"},
      {"Q14", "fn (x: i8[4] q{scale: [1], zero_point: [5]}) { y: i8[4] q{scale: [1], zero_point: [5]} = MAXIMUM(x, x) } -> y",
       "fn (x: i8[4] q{scale: [1], zero_point: [5]}) { y: i8[4] q{scale: [2], zero_point: [5]} = MAXIMUM(x, x) } -> y",
       "its scale is 2 (zero point 5), that of x 1 (zero point 5)"},
      {"Q15", "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: i8[4] q{scale: [0.00390625], zero_point: [-128]} = SOFTMAX(x) } -> y",
       "fn (x: i8[4] q{scale: [1], zero_point: [0]}) { y: i8[4] q{scale: [0.00390625], zero_point: [0]} = SOFTMAX(x) } -> y",
       "and the kernel gives 0.00390625 (zero point -128)"},
      {"Q16",
       "fn (x: i16[4] q{scale: [1], zero_point: [0]}) { y: i16[4] q{scale: [2], zero_point: [0]} = ADD(x, x) {pot_scale_int16: false} } -> "
       "y",
       "fn (x: i16[4] q{scale: [1], zero_point: [0]}) { y: i16[4] q{scale: [2], zero_point: [0]} = ADD(x, x) } -> y",
       "all scales are powers of two"},
  };
  return kAll;
}

TEST(Faults, AreFoundOneByOneAndNotInRightModels) {
  for (const Broken& each : broken_models()) {
    SCOPED_TRACE(std::string(each.rule) + ": " + each.what);
    const auto none = faults_of(litert::model_of(each.right));
    EXPECT_TRUE(none.empty()) << none[0].rule << ": " << none[0].what;
    const litert::Model model = litert::model_of(each.broken);
    const auto found = faults_of(model);
    ASSERT_EQ(found.size(), 1);
    EXPECT_EQ(found[0].rule, each.rule);
    EXPECT_NE(found[0].what.find(each.what), std::string::npos) << found[0].what;
    EXPECT_FALSE(found[0].remedy.empty());
    EXPECT_NE(in_words(found[0], model).find(found[0].what + ". " + found[0].remedy + " (" + each.rule + ")"), std::string::npos);
  }
}

litert::Model with_blocks(const std::string& weights, int block, litert::TensorType scales) {
  litert::Model model = litert::model_of("fn (x: f32[2,64]) { y: f32[2,4] = FULLY_CONNECTED(x, @k: " + weights + ", @b: f32[4]) } -> y");
  litert::Subgraph& graph = model.subgraphs[0];
  litert::Tensor added{.name = "scales", .type = scales, .dims = {4, 64 / block}};
  added.constant = cast(array_from<float>({4, 64 / block}, std::vector<float>(static_cast<size_t>(4 * 64 / block), 0.5F)),
                        scales == litert::TensorType::FLOAT16 ? DType::kFloat16 : DType::kFloat32);
  graph.tensors.push_back(std::move(added));
  tflite::BlockwiseQuantizationT form;
  form.scales = static_cast<int32_t>(graph.tensors.size() - 1);
  form.zero_points = -1;
  form.block_size = block;
  for (litert::Tensor& tensor : graph.tensors) {
    if (tensor.name == "k") tensor.quantization.details.Set(std::move(form));
  }
  return model;
}

TEST(Faults, OfValuesAreLookedForOnRequest) {
  const auto minus_128 = std::ranges::find(broken_models(), std::string("a weight is -128"), &Broken::what);
  ASSERT_NE(minus_128, broken_models().end());
  EXPECT_TRUE(faults_of(litert::model_of(minus_128->broken), Values::kLeave).empty());
}

TEST(Faults, OfBlocksAreTheirTypeTheirLengthAndTheirScales) {
  EXPECT_TRUE(faults_of(with_blocks("i4[4,64]", 32, litert::TensorType::FLOAT16)).empty());
  const std::map<std::string, litert::Model> broken = {
      {"no kernel for int8 in blocks", with_blocks("i8[4,64]", 32, litert::TensorType::FLOAT16)},
      {"no kernel has blocks of 16", with_blocks("i4[4,64]", 16, litert::TensorType::FLOAT16)},
      {"no float16 constant", with_blocks("i4[4,64]", 32, litert::TensorType::FLOAT32)},
  };
  for (const auto& [what, model] : broken) {
    const auto found = faults_of(model);
    ASSERT_EQ(found.size(), 1) << what;
    EXPECT_EQ(found[0].rule, "Q4");
    EXPECT_NE(found[0].what.find(what), std::string::npos) << found[0].what;
  }
}

TEST(Faults, AreTestedRuleByRule) {
  std::set<std::string> tested = {"Q4", "Q17", "Q18"};
  for (const Broken& each : broken_models()) tested.insert(each.rule);
  for (const RuleText& rule : rules_of_quantization()) EXPECT_TRUE(tested.contains(rule.name)) << rule.name << ": " << rule.says;
}

litert::Model with_version(int version, const std::string& runtime) {
  litert::Model model =
      litert::model_of("fn (x: f32[4,2]) { y: f32[4,3] = FULLY_CONNECTED(x, @k: i8[3,2] q{scale: [1], zero_point: [0]}, _) } -> y");
  model.subgraphs[0].operators[0].version = version;
  const auto* const bytes = reinterpret_cast<const std::byte*>(runtime.data());
  model.metadata.push_back(
      {"min_runtime_version", array_of(DType::kUInt8, {static_cast<int64_t>(runtime.size())}, {bytes, bytes + runtime.size()})});
  return model;
}

TEST(Faults, OfVersionsAreThoseBelowWhatTheOperatorsNeed) {
  const std::string needed = "2.1.0";  // of a FULLY_CONNECTED without a bias, version 6
  EXPECT_TRUE(version_faults_of(with_version(6, needed)).empty());
  EXPECT_TRUE(version_faults_of(with_version(9, "2.20.0")).empty());
  const auto low = version_faults_of(with_version(1, needed));
  ASSERT_EQ(low.size(), 1);
  EXPECT_EQ(low[0].rule, "Q17");
  EXPECT_NE(low[0].what.find("written as version 1 and needs 6, which runtimes have since 2.1.0"), std::string::npos) << low[0].what;
  const auto old = version_faults_of(with_version(6, "1.14.0"));
  ASSERT_EQ(old.size(), 1);
  EXPECT_EQ(old[0].rule, "Q18");
  EXPECT_NE(old[0].what.find("says min_runtime_version 1.14.0, its operators need 2.1.0"), std::string::npos) << old[0].what;
  EXPECT_NE(version_faults_of(with_version(6, ""))[0].what.find("doesn't say"), std::string::npos);
}

TEST(Faults, AreListedInTheDocumentation) {
  std::ifstream file(fs::path(KELT_SOURCE_DIR) / "docs" / "quantization.md");
  std::stringstream page;
  page << file.rdbuf();
  for (const RuleText& rule : rules_of_quantization()) {
    const std::string line = "| " + std::string(rule.name) + " | " + rule.says + " |";
    EXPECT_NE(page.str().find(line), std::string::npos) << line;
  }
}

// The files that give zeros or NaN in the runtime, and no others.
TEST(Faults, OfOtherToolsFilesAreThoseThatTheRuntimeShows) {
  const std::map<std::string, std::string> known = {
      {"lq/bmm_ac_static_wi8_ai8", "Q7"}, {"lq/bmm_ac_static_wi8_ai16", "Q7"}, {"lq/pw_dyn_wi2", "Q5"}};
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs")) {
    if (entry.path().extension() != ".tflite") continue;
    ++files;
    const std::string name = entry.path().parent_path().filename().string() + "/" + entry.path().stem().string();
    const auto model = litert::read_model(entry.path().string());
    ASSERT_TRUE(model.ok()) << name;
    const auto found = faults_of(*model);
    const auto wanted = known.find(name);
    EXPECT_EQ(found.size(), wanted == known.end() ? 0 : 1) << name << (found.empty() ? "" : ": " + in_words(found[0], *model));
    if (!found.empty() && wanted != known.end()) {
      EXPECT_EQ(found[0].rule, wanted->second) << name;
    }
  }
  EXPECT_GT(files, 80);
}

}  // namespace
}  // namespace kelt::quantize
