#include "litert/runtime_table.h"

#include <gtest/gtest.h>

namespace kelt::litert {
namespace {

TEST(RuntimeTable, KnowsWhatTheDelegateTakes) {
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::ADD}, 4).litert, Verdict::kDelegated);
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::ADD}, 4).interpreter, Verdict::kRight);
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::POW}, 4).litert, Verdict::kRight);
}

TEST(RuntimeTable, GivesTheWorstOfAllFormsUnlessOneIsNamed) {
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::ATAN2}, 3).litert, Verdict::kWrong);
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::ATAN2, .form = "same"}, 3).litert, Verdict::kRight);
}

TEST(RuntimeTable, KnowsTheHighestRankOfAnOperator) {
  EXPECT_EQ(highest_rank({.op = BuiltinOperator::PAD, .dtype = TensorType::INT64}), 5);
  EXPECT_EQ(highest_rank({.op = BuiltinOperator::ADD}), 6);
  EXPECT_EQ(highest_rank({.op = BuiltinOperator::DIV, .dtype = TensorType::INT64}), -1);
}

TEST(RuntimeTable, SaysThatASizeIsKnownTooLate) {
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::SLICE, .dynamic = true}, 3).litert, Verdict::kLate);
  EXPECT_TRUE(runs({.op = BuiltinOperator::SLICE, .dynamic = true}, 3));
}

TEST(RuntimeTable, SaysNothingOfWhatWasNotTried) {
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::HASHTABLE}, 1).litert, Verdict::kUntried);
  EXPECT_FALSE(runs({.op = BuiltinOperator::HASHTABLE}, 1));
  EXPECT_EQ(runtime_support({.op = BuiltinOperator::ADD}, 7).litert, Verdict::kUntried);
}

TEST(RuntimeTable, KnowsTheHighestVersion) {
  EXPECT_EQ(highest_version(BuiltinOperator::BATCH_MATMUL), 4);
  EXPECT_EQ(highest_version(BuiltinOperator::FULLY_CONNECTED), 14);
  EXPECT_EQ(highest_version(BuiltinOperator::STABLEHLO_CONVOLUTION), 0);
}

}  // namespace
}  // namespace kelt::litert
