#include "observe/outside.h"

#include <algorithm>
#include <filesystem>

#include "litert/testing.h"
#include "observe/alone.h"
#include "runtime/testing.h"
#include "runtime/trial.h"
#include "write/write.h"

namespace kelt::observe {
namespace {

// "OP: why" of each node that XNNPACK leaves, in the order in which they run, at sizes of one where they are open.
std::vector<std::string> reasons_of(const std::string& text) {
  const litert::Model model = litert::model_of(text);
  const std::string path = testing::TempDir() + "outside_test.tflite";
  const auto written = write::write_file(model, path);
  EXPECT_TRUE(written.ok()) << written.error().to_string();
  const runtime::Runtime runtime = runtime::runtime_for_tests();
  const auto trial = runtime::try_out(runtime, path, {.runs = 1});
  EXPECT_TRUE(trial.ok()) << trial.error().to_string();
  std::filesystem::remove(path);
  if (!trial.ok()) return {};
  const auto reasons = reasons_outside(runtime, model, trial->delegation.outside);
  EXPECT_TRUE(reasons.ok()) << reasons.error().to_string();
  std::vector<std::string> lines;
  for (size_t i = 0; i < reasons->size(); ++i) lines.push_back(trial->delegation.outside[i].name + ": " + (*reasons)[i].why);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Outside, AnOperatorThatXnnpackHasNot) {
  EXPECT_EQ(reasons_of("fn (x: f32[n,4]) {\n  y: f32[n,4] = FLOOR_MOD(x, const f32[] 2)\n} -> (y)"),
            Lines({"FLOOR_MOD: XNNPACK has no kernel for FLOOR_MOD"}));
  EXPECT_EQ(reasons_of("fn (x: f32[n,4]) {\n  y: i32[n,4] = CAST(x) {in_data_type: FLOAT32, out_data_type: INT32}\n} -> (y)"),
            Lines({"CAST: XNNPACK has no kernel for CAST of float32 to int32"}));
}

TEST(Outside, ANumberOfPartsThatItHasNot) {  // with other options or another axis, the runtime crashes
  EXPECT_EQ(reasons_of("fn (x: f32[n,2,2,6]) {\n  a: f32[n,2,2,1], b: f32[n,2,2,1], c: f32[n,2,2,1], d: f32[n,2,2,1], "
                       "e: f32[n,2,2,1], f: f32[n,2,2,1] = SPLIT(const i32[] 3, x) {num_splits: 6}\n} -> (a, b, c, d, e, f)"),
            Lines({"SPLIT: XNNPACK has no kernel for SPLIT into 6"}));
}

TEST(Outside, ATypeThatItHasNot) {
  EXPECT_EQ(reasons_of("fn (x: i32[n,4]) {\n  y = ADD(x, const i32[4] [1, 2, 3, 4])\n} -> (y)"),
            Lines({"ADD: XNNPACK has ADD of float32, not of int32"}));
}

TEST(Outside, NoFloatsStandForIndices) {  // the runtime need not reject what is no operator
  const auto types_of = [](const char* text) {
    const litert::Model model = litert::model_of(text);
    const Alone alone(model.subgraphs[0], model.subgraphs[0].operators[0]);
    return std::ranges::count_if(changes_of(alone),
                                 [](const Change& change) { return change.why.find("of float32, not") != std::string::npos; });
  };
  EXPECT_EQ(types_of("fn (x: f32[4,3], i: i32[2,1]) {\n  y: f32[2,3] = GATHER_ND(x, i)\n} -> (y)"), 0);
  EXPECT_EQ(types_of("fn (x: f32[4,3], k: i32[]) {\n  y: f32[4,2], i: i32[4,2] = TOPK_V2(x, k)\n} -> (y, i)"), 0);
  EXPECT_EQ(types_of("fn (x: i32[4,3]) {\n  y = ADD(x, x)\n} -> (y)"), 1);
}

TEST(Outside, AShapeThatIsComputed) {
  EXPECT_EQ(reasons_of(R"(fn (x: f32[n,4], z: f32[m,4]) {
  s: i32[2] = SHAPE(z) {out_type: INT32}
  y: f32[k,4] = RESHAPE(x, s)
} -> (y))"),
            Lines({"SHAPE: XNNPACK has no kernel for SHAPE",
                   "RESHAPE: its operand shape is computed in the file, where XNNPACK needs a constant"}));
}

TEST(Outside, ANodeThatXnnpackWouldTake) {
  const litert::Model model = litert::model_of("fn (x: f32[n,4]) {\n  y = ADD(x, x)\n} -> (y)");
  const auto reasons = reasons_outside(runtime::runtime_for_tests(), model, std::vector<runtime::Outside>{{0, 0, "ADD"}});
  ASSERT_TRUE(reasons.ok()) << reasons.error().to_string();
  EXPECT_EQ((*reasons)[0].why, "XNNPACK takes it alone, but not where it stands");
  EXPECT_EQ((*reasons)[0].tensor, "y");
}

TEST(Outside, AnOperatorThatRunsOthers) {
  const Lines lines = reasons_of(R"(
fn (x: f32[2]) {
  i: i32[], y: f32[2] = WHILE(const i32[] 0, x) {cond_subgraph_index: 1, body_subgraph_index: 2}
} -> (y)
fn (i: i32[], x: f32[2]) { c: bool[] = LESS(i, const i32[] 3) NONE{} } -> (c)
fn (i: i32[], x: f32[2]) { j: i32[] = ADD(i, const i32[] 1) NONE{} d: f32[2] = ADD(x, x) } -> (j, d))");
  EXPECT_EQ(lines, Lines({"WHILE: it runs other subgraphs, in which XNNPACK takes what it can", "LESS: XNNPACK has no kernel for LESS",
                          "ADD: XNNPACK has ADD of float32, not of int32"}));
}

TEST(Outside, ARankThatItHasNot) {
  EXPECT_EQ(reasons_of("fn (x: f32[n,1,2,2,2,2,2]) {\n  y = MUL(x, const f32[1,1,2,2,2,2,1] 3)\n} -> (y)"),
            Lines({"MUL: XNNPACK has MUL up to rank 6, not of rank 7"}));
}

TEST(Outside, AWeightThatIsComputed) {
  EXPECT_EQ(reasons_of(R"(fn (x: f32[n,8,8,3], k: f32[4,3,3,3]) {
  y: f32[n,6,6,4] = CONV_2D(x, k, @b: f32[4] = 0) {padding: VALID, stride_w: 1, stride_h: 1}
} -> (y))"),
            Lines({"CONV_2D: XNNPACK has CONV_2D where operand 1 is a constant; here it is computed"}));
}

TEST(Outside, AParameterThatItHasNot) {
  EXPECT_EQ(reasons_of(R"(fn (x: f32[n,8]) {
  y: f32[n,4] = STRIDED_SLICE(x, const i32[2] [0, 0], const i32[2] [0, 8], const i32[2] [1, 2]) {begin_mask: 1, end_mask: 1}
} -> (y))"),
            Lines({"STRIDED_SLICE: XNNPACK has STRIDED_SLICE, but not with strides [1, 2]"}));
}

TEST(Outside, AnOptionThatItHasNot) {
  EXPECT_EQ(reasons_of(R"(fn (x: f32[n,8]) {
  y: f32[8] = STRIDED_SLICE(x, const i32[2] [0, 0], const i32[2] [1, 8], const i32[2] [1, 1]) {end_mask: 2, shrink_axis_mask: 1}
} -> (y))"),
            Lines({"STRIDED_SLICE: XNNPACK has STRIDED_SLICE, but not with {end_mask: 2, shrink_axis_mask: 1}"}));
}

TEST(Outside, TwoThingsAtOnce) {
  EXPECT_EQ(reasons_of(R"(fn (x: i32[n,4], z: f32[m,4]) {
  s: i32[2] = SHAPE(z) {out_type: INT32}
  y: i32[k,4] = RESHAPE(x, s)
} -> (y))"),
            Lines({"SHAPE: XNNPACK has no kernel for SHAPE",
                   "RESHAPE: its operand shape is computed in the file, where XNNPACK needs a constant; and XNNPACK has RESHAPE of "
                   "float32, not of int32"}));
}

}  // namespace
}  // namespace kelt::observe
