#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(LeadWithIntegers, MovesAMaskInFrontOfWhatDoesNotNeedIt) {
  expect_rewrite(
      lead_with_integers,
      R"(fn (x: f32[n,2], ids: i32[n,1]) { a = ABS(x)  m: bool[n,1] = EQUAL(ids, const i32[] [0])
                                                       f: f32[n,1] = CAST(m) {in_data_type: INT32}  y: f32[n,2] = MUL(a, f) } -> (y))",
      R"(fn (x: f32[n,2], ids: i32[n,1]) { m: bool[n,1] = EQUAL(ids, const i32[] [0])  f: f32[n,1] = CAST(m) {in_data_type: INT32}
                                                       a = ABS(x)  y: f32[n,2] = MUL(a, f) } -> (y))");
}

TEST(LeadWithIntegers, LeavesWhatDependsOnAFloat) {
  expect_unchanged(lead_with_integers,
                   R"(fn (x: f32[n,2]) { a = ABS(x)  m: bool[n,2] = LESS(a, const f32[] [1])  y: f32[n,2] = CAST(m) } -> (y))");
}

TEST(LeadWithIntegers, LeavesAGraphOfFloats) {
  expect_unchanged(lead_with_integers, R"(fn (x: f32[n,2]) { a = ABS(x)  y = NEG(a) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
