#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(GetItem, LeavesAWholeAxisOpen) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,s,4]) { %1: f32[n,s,2] = get_item(x=%0, key=[..., slice(1, 3, None)]) } -> (%1 "y"))",
                  R"(fn (x: f32[n,s,4]) {
                       y: f32[n,s,2] = STRIDED_SLICE(x, const i32[3] [0, 0, 1], const i32[3] [0, 0, 3], const i32[3] [1, 1, 1])
                                       {begin_mask: 3, end_mask: 3}
                     } -> (y))");
}

TEST(GetItem, DropsAnAxisBehindTheSlice) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,3,4]) { %1: f32[n,4] = get_item(x=%0, key=[slice(None, None, None), 1]) } -> (%1 "y"))",
                  R"(fn (x: f32[n,3,4]) {
                       s: f32[n,1,4] = STRIDED_SLICE(x, const i32[3] [0, 1, 0], const i32[3] [0, 2, 0], const i32[3] [1, 1, 1])
                                       {begin_mask: 5, end_mask: 5}
                       y: f32[n,4] = RESHAPE(s, const i32[2] [-1, 4]) {new_shape: [-1, 4]}
                     } -> (y))");
}

TEST(GetItem, CountsABoundFromTheEndWhereThatMakesItANumber) {
  expect_lowering(
      R"(fn "f" (%0 "x": f32[n,s]) { %1: f32[n,s - 1] = get_item(x=%0, key=[slice(None, None, None), slice(None, {s - 1}, None)]) } -> (%1 "y"))",
      R"(fn (x: f32[n,s]) {
                       y: f32[n,s - 1] = STRIDED_SLICE(x, const i32[2] [0, 0], const i32[2] [0, -1], const i32[2] [1, 1])
                                         {begin_mask: 3, end_mask: 1}
                     } -> (y))");
}

TEST(GetItem, TakesBoundsBeyond32BitsForTheEndsOfTheAxis) {
  expect_lowering(
      R"(fn "f" (%0 "x": f32[n]) { %1: f32[?] = get_item(x=%0, key=[slice(-1099511627776, 1099511627776, None)]) } -> (%1 "y"))",
      R"(fn (x: f32[n]) {
                       y: f32[?] = STRIDED_SLICE(x, const i32[1] [-2147483648], const i32[1] [2147483647], const i32[1] [1])
                     } -> (y))");
}

TEST(GetItem, RejectsAnIndexBeyond32Bits) {
  const std::string why = "indexes by a number beyond 32 bits";
  expect_rejected(R"(fn "f" (%0 "x": f32[n]) { %1: f32[] = get_item(x=%0, key=1099511627776) } -> (%1 "y"))", why);
  expect_rejected(R"(fn "f" (%0 "x": f32[n]) { %1: f32[1] = get_item(x=%0, key=[[1099511627776]]) } -> (%1 "y"))", why);
}

TEST(GetItem, RejectsAMaskThatIsNotKnown) {
  expect_rejected(R"(fn "f" (%0 "x": f32[4], %1 "m": bool[4]) { %2: f32[?] = get_item(x=%0, key=%1) } -> (%2 "y"))", "mask");
}

}  // namespace
}  // namespace kelt::lower
