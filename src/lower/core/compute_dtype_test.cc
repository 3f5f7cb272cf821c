#include "lower/core/compute_dtype.h"

#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

TEST(ComputeDtype, IsTheOperandsOwnWhereTheOperatorHasIt) {
  EXPECT_EQ(compute_dtype(BuiltinOperator::ADD, DType::kInt64), DType::kInt64);
  EXPECT_EQ(compute_dtype(BuiltinOperator::TRANSPOSE, DType::kBool), DType::kBool);
}

TEST(ComputeDtype, IsTheNextWiderThatHoldsEveryValue) {
  EXPECT_EQ(compute_dtype(BuiltinOperator::ADD, DType::kInt8), DType::kInt32);
  EXPECT_EQ(compute_dtype(BuiltinOperator::MUL, DType::kUInt32), DType::kInt64);
  EXPECT_EQ(compute_dtype(BuiltinOperator::EXP, DType::kFloat16), DType::kFloat32);
}

TEST(ComputeDtype, IsNothingWhereAValueCouldBeLost) {
  EXPECT_EQ(compute_dtype(BuiltinOperator::FLOOR_DIV, DType::kInt64), std::nullopt);
  EXPECT_EQ(compute_dtype(BuiltinOperator::EXP, DType::kFloat64), std::nullopt);
}

TEST(ComputeDtype, CastsAroundTheOperator) {
  expect_lowering(R"(fn "f" (%0 "x": i8[n], %1 "y": i8[n]) { %2: i8[n] = add(x1=%0, x2=%1) } -> (%2 "z"))",
                  R"(fn (x: i8[n], y: i8[n]) {
                       a: i32[n] = CAST(x) {in_data_type: INT8, out_data_type: INT32}
                       b: i32[n] = CAST(y) {in_data_type: INT8, out_data_type: INT32}
                       s: i32[n] = ADD(a, b)
                       z: i8[n] = CAST(s) {in_data_type: INT32, out_data_type: INT8}
                     } -> (z))");
}

TEST(ComputeDtype, RejectsWhatNoOperatorComputes) {
  expect_rejected(R"(fn "f" (%0 "x": i64[n], %1 "y": i64[n]) { %2: i64[n] = floor_divide(x1=%0, x2=%1) } -> (%2 "z"))", "FLOOR_DIV");
}

}  // namespace
}  // namespace kelt::lower
