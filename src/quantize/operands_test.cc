#include "quantize/operands.h"

#include "litert/testing.h"

namespace kelt::quantize {
namespace {

std::string rejection_of(const std::string& operators) {
  const litert::Model model = litert::model_of("fn (x: f32[1,8], i: i32[3]) {\n" + operators + "\n} -> (y)");
  const Result<void> checked = check_operands(model);
  return checked.ok() ? "" : checked.error().what;
}

TEST(Operands, ThatKernelsReadAreThere) {
  EXPECT_EQ(rejection_of("y: f32[1,4] = FULLY_CONNECTED(x, @w: f32[4,8], _) {}"), "");
  EXPECT_EQ(rejection_of("y: f32[1,4] = FULLY_CONNECTED(x, _) {}"), "operator 0 (FULLY_CONNECTED of y) lacks its operand 1");
  EXPECT_EQ(rejection_of("y: f32[1,4] = FULLY_CONNECTED(x) {}"), "operator 0 (FULLY_CONNECTED of y) lacks its operand 1");
  EXPECT_EQ(rejection_of("y: f32[1,8] = ADD(_, x) {}"), "operator 0 (ADD of y) lacks its operand 0");
  EXPECT_EQ(rejection_of("y: f32[1,8] = DEQUANTIZE() {}"), "operator 0 (DEQUANTIZE of y) lacks its operand 0");
}

TEST(Operands, OfWeightsHaveTheRankThatKernelsTake) {
  EXPECT_EQ(rejection_of("y: f32[1,4] = FULLY_CONNECTED(x, @w: f32[2,2,8], _) {}"),
            "operator 0 (FULLY_CONNECTED of y) has weights of 3 dims, which no kernel takes");
  EXPECT_EQ(rejection_of("y: f32[1,4] = BATCH_MATMUL(x, @w: f32[8]) {}"),
            "operator 0 (BATCH_MATMUL of y) has weights of 1 dims, which no kernel takes");
  EXPECT_EQ(rejection_of("y: f32[1,4] = BATCH_MATMUL(x, @w: f32[3,8,4]) {}"), "");
}

TEST(Operands, OfOtherOperatorsAreTheRuntimesConcern) { EXPECT_EQ(rejection_of("y: f32[1,8] = SIN() {}"), ""); }

}  // namespace
}  // namespace kelt::quantize
