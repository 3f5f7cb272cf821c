#include "calibrate/inside.h"

#include <array>

#include "calibrate/calibrate.h"
#include "litert/testing.h"
#include "runtime/testing.h"

namespace kelt::calibrate {
namespace {

using statistics::Range;

// Doubles x three times; the step is taken by the then branch where x[0] > 0, by the else branch otherwise.
constexpr const char* kNested = R"(
  fn (x: f32[2]) {
    a: f32[2] = ADD(x, const f32[] 1)
    i: i32[], w: f32[2] = WHILE(const i32[] 0, a) {cond_subgraph_index: 1, body_subgraph_index: 2}
    y: f32[2] = NEG(w)
  } -> (y)
  fn (i: i32[], v: f32[2]) { c: bool[] = LESS(i, const i32[] 3) } -> (c)
  fn (i: i32[], v: f32[2]) {
    n: i32[] = ADD(i, const i32[] 1)
    m: f32[] = REDUCE_MIN(v, const i32[1] [0])
    p: bool[] = GREATER(m, const f32[] 0)
    u: f32[2] = IF(p, v) {then_subgraph_index: 3, else_subgraph_index: 4}
  } -> (n, u)
  fn (t: f32[2]) { d: f32[2] = MUL(t, const f32[] 2) } -> (d)
  fn (e: f32[2]) { s: f32[2] = SUB(e, const f32[] 1) } -> (s))";

class Inside : public testing::Test {
 protected:
  Calibration run(const std::string& text, const std::vector<std::vector<float>>& samples, Options options = {}) {
    const auto file = unnamed_file(litert::model_of(text), testing::TempDir());
    EXPECT_TRUE(file.ok()) << file.error().to_string();
    const auto next = [&, at = size_t{0}]() mutable -> Result<std::optional<Given>> {
      if (at == samples.size()) return std::optional<Given>();
      const auto& sample = samples[at++];
      return std::optional(Given{.inputs = {{"x", DType::kFloat32, {static_cast<int64_t>(sample.size())}, runtime::bytes_of(sample)}}});
    };
    const std::array data = {Data{"", next}};
    auto calibration = calibrate(runtime::runtime_for_tests(), *file, data, options);
    EXPECT_TRUE(calibration.ok()) << calibration.error().to_string();
    for (const auto& [place, tensor] : calibration->statistics.tensors) named_[tensor.name] = tensor;
    return *std::move(calibration);
  }
  Range bounds(const std::string& name) { return named_.at(name).bounds; }

  std::map<std::string, statistics::TensorStatistics> named_;
};

TEST_F(Inside, CollectsBoundsOverTheTurnsOfALoopAndTheBranchesTaken) {
  const Calibration calibration = run(kNested, {{0, 2}, {-3, 0}});
  EXPECT_TRUE(calibration.unreadable.empty());
  // 1, 3 → 2, 6 → 4, 12 → 8, 24, and -2, 1 → -3, 0 → -4, -1 → -5, -2.
  EXPECT_EQ(bounds("w"), (Range{-5, 24}));
  EXPECT_EQ(named_.at("w").values, 4U);
  EXPECT_EQ(bounds("v"), (Range{-4, 12}));
  EXPECT_EQ(bounds("m"), (Range{-4, 4}));
  EXPECT_EQ(bounds("u"), (Range{-5, 24}));
  EXPECT_EQ(named_.at("u").samples, 2U);
  EXPECT_EQ(named_.at("u").values, 0U);
  EXPECT_EQ(bounds("t"), (Range{1, 12}));
  EXPECT_EQ(bounds("d"), (Range{2, 24}));
  EXPECT_EQ(named_.at("d").samples, 1U);
  EXPECT_EQ(bounds("e"), (Range{-4, 1}));
  EXPECT_EQ(bounds("s"), (Range{-5, 0}));
  EXPECT_EQ(bounds("y"), (Range{-24, 5}));
  EXPECT_FALSE(named_.contains(""));
}

TEST_F(Inside, ABranchThatNoSampleTakesHasNoStatistics) {
  run(kNested, {{0, 2}});
  EXPECT_TRUE(named_.contains("d"));
  EXPECT_FALSE(named_.contains("s"));
}

TEST_F(Inside, CollectsOnlyWhatIsAskedFor) {
  const litert::Model model = litert::model_of(kNested);
  const std::vector<Place> all = tensors_inside(model, model.signatures[0]);
  ASSERT_EQ(all.size(), 7U);  // v, m, u; t, d; e, s
  run(kNested, {{0, 2}, {-3, 0}}, {.places = std::vector{all[0], all[6]}});
  EXPECT_EQ(named_.size(), 2U);
  EXPECT_EQ(bounds("v"), (Range{-4, 12}));
  EXPECT_EQ(bounds("s"), (Range{-5, 0}));
}

TEST_F(Inside, TakesUnknownSizesAndScalars) {
  run(R"(
    fn (x: f32[n]) { i: i32[], y: f32[n] = WHILE(const i32[] 0, x) {cond_subgraph_index: 1, body_subgraph_index: 2} } -> (y)
    fn (i: i32[], v: f32[n]) { c: bool[] = LESS(i, const i32[] 2) } -> (c)
    fn (i: i32[], v: f32[n]) {
      n: i32[] = ADD(i, const i32[] 1)
      k: f32[] = SUM(v, const i32[1] [0])
      u: f32[n] = ADD(v, k)
    } -> (n, u))",
      {{1, 2}, {3}, {1, 1, 1}});
  EXPECT_EQ(bounds("k"), (Range{3, 12}));
  EXPECT_EQ(bounds("u"), (Range{4, 16}));
}

TEST_F(Inside, OneBodyOfTwoLoopsIsOneSetOfTensors) {
  run(R"(
    fn (x: f32[2]) {
      i: i32[], w: f32[2] = WHILE(const i32[] 0, x) {cond_subgraph_index: 1, body_subgraph_index: 2}
      j: i32[], y: f32[2] = WHILE(const i32[] 1, w) {cond_subgraph_index: 1, body_subgraph_index: 2}
    } -> (y)
    fn (i: i32[], v: f32[2]) { c: bool[] = LESS(i, const i32[] 2) } -> (c)
    fn (i: i32[], v: f32[2]) {
      n: i32[] = ADD(i, const i32[] 1)
      u: f32[2] = ADD(v, const f32[] 1)
    } -> (n, u))",
      {{0, 5}});
  EXPECT_EQ(bounds("v"), (Range{0, 7}));
  EXPECT_EQ(bounds("u"), (Range{1, 8}));
}

}  // namespace
}  // namespace kelt::calibrate
