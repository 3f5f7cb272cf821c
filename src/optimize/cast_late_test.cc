#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(CastLate, ReshapesPositionsAsIntegersForAComparison) {
  expect_rewrite(cast_late,
                 R"(fn (p: i32[s]) { f: f32[s] = CAST(p) {in_data_type: INT32}
                                      c: f32[s,1] = RESHAPE(f, const i32[2] [-1, 1])
                                      y: bool[s,s] = GREATER_EQUAL(c, f) } -> (y))",
                 R"(fn (p: i32[s]) { f: f32[s] = CAST(p) {in_data_type: INT32}
                                      r: i32[s,1] = RESHAPE(p, const i32[2] [-1, 1])
                                      c: f32[s,1] = CAST(r) {in_data_type: INT32}
                                      y: bool[s,s] = GREATER_EQUAL(c, f) } -> (y))");
}

TEST(CastLate, KeepsTheReshapeForWhatComputesWithIt) {
  expect_rewrite(cast_late,
                 R"(fn (p: i32[s]) { f: f32[s] = CAST(p) {in_data_type: INT32}
                                      c: f32[s,1] = RESHAPE(f, const i32[2] [-1, 1])
                                      y: bool[s,s] = GREATER_EQUAL(c, f)  z: f32[s,1] = COS(c) } -> (y, z))",
                 R"(fn (p: i32[s]) { f: f32[s] = CAST(p) {in_data_type: INT32}
                                      c: f32[s,1] = RESHAPE(f, const i32[2] [-1, 1])
                                      r: i32[s,1] = RESHAPE(p, const i32[2] [-1, 1])
                                      d: f32[s,1] = CAST(r) {in_data_type: INT32}
                                      y: bool[s,s] = GREATER_EQUAL(d, f)  z: f32[s,1] = COS(c) } -> (y, z))");
}

TEST(CastLate, LeavesWhatOnlyArithmeticReads) {
  expect_unchanged(cast_late, R"(fn (p: i32[s]) { f: f32[s] = CAST(p) {in_data_type: INT32}
                                                   c: f32[s,1] = RESHAPE(f, const i32[2] [-1, 1])  z: f32[s,1] = COS(c) } -> (z))");
}

}  // namespace
}  // namespace kelt::optimize
