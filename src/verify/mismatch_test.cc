#include "verify/mismatch.h"

#include <cmath>
#include <filesystem>
#include <map>

#include "litert/sources.h"
#include "litert/text.h"
#include "runtime/testing.h"
#include "verify/values.h"
#include "write/write.h"

namespace kelt::verify {
namespace {

// y = tanh((x + 1) * 3) ** 2, each step a value of the source; the POW stays outside the delegate.
constexpr const char* kChain = R"(
  fn (x: f32[n,4]) {
    a: f32[n,4] ~1 = ADD(x, const f32[] [1])
    b: f32[n,4] ~2 = MUL(a, const f32[] [3])
    c: f32[n,4] = NEG(b)
    d: f32[n,4] ~3 = TANH(b)
    y: f32[n,4] ~4 = POW(d, const f32[] [2])
    z: f32[n,4] ~5 = SUB(c, b)
  } -> (y, z))";

class FindMismatch : public testing::Test {
 protected:
  void SetUp() override { file_ = std::filesystem::path(testing::TempDir()) / "mismatch_test.tflite"; }
  void TearDown() override { std::filesystem::remove(file_); }

  litert::Model write(const char* text) {
    Result<litert::Model> model = litert::parse_text(text);
    EXPECT_TRUE(model.ok()) << model.error().to_string();
    litert::store_sources(*model);
    const auto written = write::write_file(*model, file_);
    EXPECT_TRUE(written.ok()) << written.error().to_string();
    return *std::move(model);
  }

  // Searches with x = 0, 0.1, …, and these values of the source.
  Search search(std::map<int, std::vector<float>> references) {
    const std::vector<float> x = inputs();
    const Reference reference = [&](const litert::SourceValue& source) -> Result<std::optional<View>> {
      const auto found = references.find(source.value);
      if (found == references.end()) return std::optional<View>();
      return std::optional(View{DType::kFloat32, {2, 4}, std::as_bytes(std::span(found->second))});
    };
    const std::vector<runtime::Input> given = {{"x", DType::kFloat32, {2, 4}, std::as_bytes(std::span(x))}};
    const Result<Search> found = find_mismatch(runtime::runtime_for_tests(), file_, "", given, reference);
    EXPECT_TRUE(found.ok()) << found.error().to_string();
    return *found;
  }

  static std::vector<float> inputs() {
    std::vector<float> x;
    for (int i = 0; i < 8; ++i) x.push_back(static_cast<float>(i) * 0.1F);
    return x;
  }

  // What the model computes at each value.
  static std::map<int, std::vector<float>> truth() {
    std::map<int, std::vector<float>> values;
    for (const float x : inputs()) {
      const float b = (x + 1) * 3;
      values[1].push_back(x + 1);
      values[2].push_back(b);
      values[3].push_back(std::tanh(b));
      values[4].push_back(std::tanh(b) * std::tanh(b));
      values[5].push_back(-2 * b);
    }
    return values;
  }

  std::filesystem::path file_;
};

TEST_F(FindMismatch, FindsNoneWhereEveryTensorAgrees) {
  write(kChain);
  const Search found = search(truth());
  EXPECT_FALSE(found.first);
  EXPECT_EQ(found.agreed.size(), 5u);
  EXPECT_EQ(found.unreadable, 0u);
}

TEST_F(FindMismatch, NamesTheFirstTensorInOrderOfExecution) {
  write(kChain);
  auto values = truth();
  values[3][5] += 0.01F;
  values[4][0] += 0.01F;
  const Search found = search(values);
  ASSERT_TRUE(found.first);
  EXPECT_EQ(found.first->tensor, "d");
  EXPECT_EQ(found.first->op, "TANH");
  EXPECT_EQ(found.first->source, (litert::SourceValue{0, 3}));
  EXPECT_FALSE(found.first->comparison.ok());
  EXPECT_EQ(found.agreed, std::vector<litert::SourceValue>({{0, 1}, {0, 2}}));
}

TEST_F(FindMismatch, ComparesOnlyWhatTheCallerHas) {
  write(kChain);
  auto values = truth();
  values[2][0] += 1;
  values.erase(2);
  EXPECT_FALSE(search(values).first);
  EXPECT_EQ(search(values).agreed.size(), 4u);
}

TEST_F(FindMismatch, ComparesRowsThatAreKeptAsImages) {
  write(R"(
    fn (x: f32[n,4]) {
      i: f32[n,1,4] ~1 = RESHAPE(x, const i32[3] [-1, 1, 4])
      y: f32[n,1,4] = TANH(i)
    } -> (y))");
  EXPECT_EQ(search({{1, inputs()}}).agreed.size(), 1u);
  std::vector<float> other = inputs();
  other[3] += 0.01F;
  EXPECT_TRUE(search({{1, other}}).first);
}

TEST_F(FindMismatch, PassesOverATensorThatTheRuntimeCantGive) {
  write(R"(
    fn (x: f32[n,4]) {
      a: f32[n,4] ~1 = ADD(x, const f32[] [1])
      s: f32[n,2] ~9 = SLICE(a, const i32[2] [0, 1], const i32[2] [-1, 2])
      b: f32[n,4] ~2 = MUL(a, const f32[] [3])
      t: f32[n,2] = TILE(s, const i32[2] [1, 1])
    } -> (b))");
  auto values = truth();
  values[9] = std::vector<float>(8, 0);
  const Search found = search(values);
  EXPECT_FALSE(found.first);
  EXPECT_EQ(found.agreed.size(), 2u);
  EXPECT_EQ(found.unreadable, 1u);
}

TEST_F(FindMismatch, ReadsTheValuesThatAreWanted) {
  write(kChain);
  std::vector<int> asked;
  std::map<int, std::vector<float>> read;
  const auto wanted = [&](const litert::SourceValue& source) {
    asked.push_back(source.value);
    return source.value == 1 || source.value == 3;
  };
  const auto take = [&](const litert::SourceValue& source, const runtime::Output& value) {
    EXPECT_EQ(value.shape, Shape({2, 4}));
    read[source.value] = runtime::values_of<float>(value);
  };
  const std::vector<float> x = inputs();
  const std::vector<runtime::Input> given = {{"x", DType::kFloat32, {2, 4}, std::as_bytes(std::span(x))}};
  const auto done = read_values(runtime::runtime_for_tests(), file_, "", given, wanted, take);
  ASSERT_TRUE(done.ok()) << done.error().to_string();
  EXPECT_EQ(asked, std::vector<int>({1, 2, 3, 4, 5}));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1], truth()[1]);
  for (size_t i = 0; i < 8; ++i) EXPECT_NEAR(read[3][i], truth()[3][i], 1e-6);
}

TEST_F(FindMismatch, ReportsInputsThatDoNotFit) {
  write(kChain);
  const auto found = find_mismatch(runtime::runtime_for_tests(), file_, "", {}, {});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kInvalidArgument);
}

TEST_F(FindMismatch, SaysThatASignatureIsMissing) {
  write(kChain);
  EXPECT_EQ(find_mismatch(runtime::runtime_for_tests(), file_, "other", {}, {}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace kelt::verify
