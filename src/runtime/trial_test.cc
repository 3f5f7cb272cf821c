#include "runtime/trial.h"

#include <algorithm>
#include <set>

#include "runtime/testing.h"

namespace kelt::runtime {
namespace {

TEST(Trial, MakesUpWhatIsNotGiven) {
  const std::vector<int64_t> i = {4, 5};
  const std::vector<Input> given = {{"i", DType::kInt64, {2}, bytes_of(i)}};
  const auto trial =
      try_out(runtime_for_tests(), test_file("two_signatures"), {.signature = "count", .sizes = {{"mask", {3}}}, .runs = 4}, given);
  ASSERT_TRUE(trial.ok()) << trial.error().to_string();
  EXPECT_EQ(values_of<int64_t>(trial->outputs[0]), std::vector<int64_t>({5, 6}));
  EXPECT_EQ(trial->outputs[1].shape, Shape({3}));
  EXPECT_FALSE(trial->inputs[0].made_up);
  EXPECT_TRUE(trial->inputs[1].made_up);
  EXPECT_EQ(trial->seconds.size(), 4u);
  EXPECT_EQ(trial->delegation.outside.size(), 2u);
}

TEST(Trial, TakesAnUnknownDimForOne) {
  const auto trial = try_out(runtime_for_tests(), test_file("split"), {});
  ASSERT_TRUE(trial.ok()) << trial.error().to_string();
  EXPECT_EQ(trial->outputs[0].shape, Shape({1, 4}));
  EXPECT_EQ(trial->delegation.partitions, 2);
}

TEST(Trial, RejectsANameThatTheSignatureHasNot) {
  const auto sized = try_out(runtime_for_tests(), test_file("split"), {.sizes = {{"z", {3, 4}}}});
  ASSERT_FALSE(sized.ok());
  EXPECT_EQ(sized.error().what, "the signature serving_default has no input z");
  EXPECT_EQ(sized.error().remedy, "Its inputs: x");
  EXPECT_FALSE(try_out(runtime_for_tests(), test_file("split"), {}, std::vector<Input>{{"z", DType::kFloat32, {0}, {}}}).ok());
}

TEST(Trial, RejectsShapesThatItIsToldToReject) {
  std::map<std::string, Shape> seen;
  const auto reject = [&](const std::string& signature, const std::map<std::string, Shape>& shapes) -> Result<void> {
    seen = shapes;
    return Error{.code = Code::kInvalidArgument, .what = "not these of " + signature};
  };
  const auto trial = try_out(runtime_for_tests(), test_file("split"), {.sizes = {{"x", {3, 4}}}, .check = reject});
  ASSERT_FALSE(trial.ok());
  EXPECT_EQ(trial.error().what, "not these of serving_default");
  EXPECT_EQ(seen, (std::map<std::string, Shape>{{"x", {3, 4}}}));
}

TEST(RandomBytes, AreTheSameForASeedAndInTheRangeOfTheirType) {
  EXPECT_EQ(random_bytes(DType::kFloat32, 50, 7), random_bytes(DType::kFloat32, 50, 7));
  EXPECT_NE(random_bytes(DType::kFloat32, 50, 7), random_bytes(DType::kFloat32, 50, 8));
  const std::vector<std::byte> bytes = random_bytes(DType::kInt32, 200, 1);
  std::vector<int32_t> values(200);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  EXPECT_GE(*std::ranges::min_element(values), 0);
  EXPECT_LE(*std::ranges::max_element(values), 9);
  const std::vector<std::byte> flags = random_bytes(DType::kBool, 100, 1);
  EXPECT_EQ(std::set<std::byte>(flags.begin(), flags.end()), (std::set<std::byte>{std::byte{0}, std::byte{1}}));
  EXPECT_EQ(random_bytes(DType::kComplex64, 3, 1).size(), 24u);
  EXPECT_EQ(random_bytes(DType::kInt4, 3, 1).size(), 2u);
}

}  // namespace
}  // namespace kelt::runtime
