// What is in a row of SME2's table, and what keeps the rest out.

#include "quantize/sme2.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "litert/read.h"
#include "litert/testing.h"

namespace kelt::quantize {
namespace {

namespace fs = std::filesystem;

Sme2Operator only(const litert::Model& model) {
  const Sme2Report report = sme2_of(model);
  EXPECT_EQ(report.operators.size(), 1);
  return report.operators.empty() ? Sme2Operator{} : report.operators[0];
}

TEST(Sme2, PutsEveryReferenceFileIntoItsRowOrSaysTheRecipe) {
  const std::map<std::string, std::string> wanted = {
      {"tf/sfc_fp32", "fp32 × fp32 → fp32"},
      {"tf/sfc_fp16", "fp32 × fp16 → fp32"},
      {"tf/sfc_fp16acc", "fp32 × fp16 → fp32"},
      {"tf/sfc_dyn", "fp32 × int8 per channel → fp32"},
      {"tf/sfc_static", "int8 × int8 per channel → int8"},
      {"tf/sfc_16x8_io", "int16 activations are run by builtin kernels; int8-static"},
      {"lq/sfc_dyn_wi4", "fp32 × int4 per channel → fp32"},
      {"lq/sfc_dyn_wi4b32", "no row has weights in blocks; int4"},
      {"lq/sfc_static_wi4_ai8", "no row has int4 weights beside int8 activations; int8-static"},
      {"lq/sfc_wo_wi8", "fp32 × fp32 → fp32 (int8 is unpacked when the file is loaded)"},
      {"lq/sfc_wo_wi4", "XNNPACK doesn't take int4 that a DEQUANTIZE unpacks; int4"},
      {"tf/bmm_aa_fp32", "fp32 × fp32 → fp32"},
      {"tf/bmm_ac_fp16", "fp32 × fp32 → fp32"},
      {"lq/bmm_ac_dyn_wi8", "fp32 × int8 per channel → fp32"},
      {"tf/bmm_ac_dyn", "one scale stands for all channels; int8-dynamic"},
      {"tf/bmm_ac_static_io", "no row has products of integers; int8-dynamic"},
      {"tf/bmm_aa_static_io", "no row has products of integers; float"},
      {"tf/pw_fp32", "fp32 × fp32, pointwise → fp32"},
      {"tf/pw_fp16", "fp32 × fp16, pointwise → fp32"},
      {"tf/pw_dyn", "fp32 × int8 → fp32"},
      {"tf/pw_dyn_pt", "fp32 × int8 → fp32"},
      {"tf/pw_static_pt", "int8 × int8 → int8"},
      {"lq/pw_dyn_wi4", "int4 convolutions are run by builtin kernels; int8-dynamic"},
      {"tf/conv3x3_fp32", "in float only pointwise convolutions are in a row; int8-dynamic"},
      {"tf/conv3x3_fp16", "in float only pointwise convolutions are in a row; int8-dynamic"},
      {"tf/conv3x3_dyn", "fp32 × int8 → fp32"},
      {"tf/conv3x3_static_io", "int8 × int8 → int8"},
      {"tf/tconv_static", "int8 × int8 → int8"},
      {"tf/tconv_fp32", "transposed convolutions are in a row on int8 only; int8-static"},
      {"tf/tconv_dyn", "transposed convolutions are in a row on int8 only; int8-static"},
      {"tf/dw_static_io", "no row has depthwise convolutions; "},
  };
  for (const auto& [name, row] : wanted) {
    const auto model = litert::read_model(fs::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs" / (name + ".tflite"));
    ASSERT_TRUE(model.ok()) << name;
    const Sme2Operator found = only(*model);
    EXPECT_EQ(found.row.empty() ? found.why + "; " + found.recipe : found.row, row) << name;
  }
}

TEST(Sme2, FindsEveryRowInAFile) {
  std::set<std::string> found;
  const auto add = [&](const litert::Model& model) {
    for (const Sme2Operator& op : sme2_of(model).operators) found.insert(op.name + ": " + op.row);
  };
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs")) {
    if (entry.path().extension() == ".tflite") add(*litert::read_model(entry.path()));
  }
  add(litert::model_of("fn (a: f16[2,3,4], b: f16[2,4,5]) { y: f16[2,3,5] = BATCH_MATMUL(a, b) } -> y"));
  for (const std::string& row : sme2_rows()) EXPECT_TRUE(found.contains(row)) << row;
}

TEST(Sme2, SaysWhatKeepsAnOperatorOut) {
  const auto why = [](const std::string& text) { return only(litert::model_of(text)).why; };
  EXPECT_EQ(why("fn (x: f32[1,4,4,4]) { y: f32[1,2,2,2] = CONV_2D(x, @k: f32[2,1,1,4], @b: f32[2]) {stride_w: 2, stride_h: 2} } -> y"),
            "it takes steps: in float only pointwise convolutions of stride 1 are in a row");
  EXPECT_EQ(why("fn (x: f32[1,4,4,4]) { y: f32[1,4,4,2] = CONV_2D(x, @k: f32[2,1,1,2], @b: f32[2]) {stride_w: 1, stride_h: 1} } -> y"),
            "no row has convolutions in groups");
  EXPECT_EQ(why("fn (x: f32[1,4]) { y: f32[1,2] = FULLY_CONNECTED(x, @k: f32[2,4], _) {fused_activation_function: TANH} } -> y"),
            "XNNPACK has no fused TANH");
  EXPECT_EQ(why("fn (x: f32[1,4], k: f32[2,4]) { y: f32[1,2] = FULLY_CONNECTED(x, k, _) } -> y"), "its weights are computed by the model");
  EXPECT_EQ(why("fn (x: f32[1,3]) { y: f32[1,2] = FULLY_CONNECTED(x, @k: i4[2,3] q{scale: [1,1], zero_point: [0,0]}, _) } -> y"),
            "its rows are an odd number of int4");
  EXPECT_EQ(why("fn (x: f32[1,4]) { y: f32[1,2] = FULLY_CONNECTED(x, @k: i8[2,4] q{scale: [1], zero_point: [0]}, _) } -> y"),
            "one scale stands for all channels");
}

TEST(Sme2, CountsMultiplyAddsOfOneSample) {
  const Sme2Report report = sme2_of(litert::model_of(R"(fn (x: f32[n,4,4,8]) {
    c: f32[n,4,4,2] = CONV_2D(x, @k: f32[2,3,3,8], @b: f32[2]) {padding: SAME, stride_w: 1, stride_h: 1}
    t: f32[n,8,8,3] = TRANSPOSE_CONV(const i32[4] [1,8,8,3], @t: f32[3,2,2,2], c) {padding: SAME, stride_w: 2, stride_h: 2}
    d: f32[n,8,8,3] = DEPTHWISE_CONV_2D(t, @d: f32[1,3,3,3], @e: f32[3]) {padding: SAME, stride_w: 1, stride_h: 1, depth_multiplier: 1}
    r: f32[n,192] = RESHAPE(d, const i32[2] [-1,192])
    f: f32[n,10] = FULLY_CONNECTED(r, @f: f32[10,192], _)
    y: f32[n,10] = BATCH_MATMUL(f, @m: f32[10,10])
  } -> y)"));
  ASSERT_EQ(report.operators.size(), 5);
  const std::vector<uint64_t> wanted = {4 * 4 * 2 * 9 * 8, 4 * 4 * 2 * 2 * 2 * 3, 8 * 8 * 3 * 9, 192 * 10, 10 * 10};
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(report.operators[i].multiply_adds, wanted[i]) << report.operators[i].name;
  EXPECT_EQ(report.in, 2);
  EXPECT_EQ(report.others, 1);
  ASSERT_TRUE(report.share.has_value());
  EXPECT_DOUBLE_EQ(*report.share, (1920.0 + 100) / (2304 + 384 + 1728 + 1920 + 100));
  const Sme2Report open = sme2_of(litert::model_of("fn (x: f32[n,m,8]) { y: f32[n,m,2] = FULLY_CONNECTED(x, @k: f32[2,8], _) } -> y"));
  EXPECT_FALSE(open.share.has_value());
  EXPECT_EQ(open.in, 1);
}

}  // namespace
}  // namespace kelt::quantize
