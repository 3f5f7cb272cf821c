#include "runtime/profile.h"

#include "runtime/testing.h"

namespace kelt::runtime {
namespace {

// Partitions and nodes outside, after a run with zeros.
Delegation delegation_of(const std::string& file, const std::string& signature = {}) {
  auto model = runtime_for_tests().open(test_file(file), {.profile = true});
  EXPECT_TRUE(model.ok()) << model.error().to_string();
  const auto events = model->profile(signature);
  EXPECT_TRUE(events.ok()) << events.error().to_string();
  return delegation(*events);
}

TEST(Delegation, CountsThePiecesThatANodeOutsideMakes) {
  const Delegation split = delegation_of("split");
  EXPECT_EQ(split.partitions, 2);
  EXPECT_EQ(split.outside, std::vector<Outside>({{.subgraph = 0, .op = 1, .name = "POW"}}));
}

TEST(Delegation, NamesTheOperatorsOfXnnpackInEachPartition) {
  EXPECT_EQ(delegation_of("split").inside, std::vector<std::string>({"Add (ND)", "Multiply (ND)"}));
  EXPECT_EQ(delegation_of("loop").inside, std::vector<std::string>({"Multiply (ND)", "Add (ND)", "Square (NC)"}));
}

TEST(Delegation, IsOfOneSignature) {
  EXPECT_EQ(delegation_of("two_signatures", "scale").partitions, 1);
  EXPECT_TRUE(delegation_of("two_signatures", "scale").outside.empty());
  const Delegation count = delegation_of("two_signatures", "count");
  EXPECT_EQ(count.partitions, 0);
  EXPECT_EQ(count.outside, std::vector<Outside>({{1, 0, "ADD"}, {1, 1, "LOGICAL_NOT"}}));
}

TEST(Delegation, CountsTheBodyOfALoopOnce) {
  const Delegation loop = delegation_of("loop");
  EXPECT_EQ(loop.partitions, 2);
  EXPECT_EQ(loop.outside, std::vector<Outside>({{0, 0, "WHILE"}, {1, 0, "LESS"}, {2, 0, "ADD"}}));
}

TEST(Delegation, IsFullWhereNoNodeIsOutside) {
  const auto full = [](const std::string& file) { return *runtime_for_tests().open(test_file(file))->fully_delegated(); };
  EXPECT_FALSE(full("split"));
  EXPECT_FALSE(full("loop"));
  EXPECT_TRUE(full("attention"));
}

TEST(Delegation, NeedsAFileThatWasOpenedForIt) {
  auto model = runtime_for_tests().open(test_file("split"));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->profile("").error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace kelt::runtime
