#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(MoveLayout, RepeatsTheConstantsOfEachPlaceThatItMakes) {
  expect_rewrite(move_layout,
                 R"(fn (x: f32[n,4,4,2]) { c: f32[n,4,4,8] = CONV_2D(x, @k: f32[8,1,1,2], @b: f32[8]) {stride_w: 1, stride_h: 1}
                                d: f32[n,8,8,2] = DEPTH_TO_SPACE(c) {block_size: 2}
                                m = MUL(d, const f32[2] [3, 5])
                                a = ADD(const f32[1,1,1,2] [1, 2], m)
                                y = RELU6(a) } -> (y))",
                 R"(fn (x: f32[n,4,4,2]) { c: f32[n,4,4,8] = CONV_2D(x, @k: f32[8,1,1,2], @b: f32[8]) {stride_w: 1, stride_h: 1}
                                m: f32[n,4,4,8] = MUL(c, const f32[8] [3, 5, 3, 5, 3, 5, 3, 5])
                                a: f32[n,4,4,8] = ADD(const f32[8] [1, 2, 1, 2, 1, 2, 1, 2], m)
                                r: f32[n,4,4,8] = RELU6(a)
                                y: f32[n,8,8,2] = DEPTH_TO_SPACE(r) {block_size: 2} } -> (y))");
}

TEST(MoveLayout, KnowsAReshapeThatSplitsTheChannelsOfARow) {
  expect_rewrite(move_layout,
                 R"(fn (x: f32[n,1,5,2]) { c: f32[n,1,5,6] = CONV_2D(x, @k: f32[6,1,1,2], @b: f32[6]) {stride_w: 1, stride_h: 1}
                                r: f32[n,15,2] = RESHAPE(c, const i32[3] [-1, 15, 2])
                                y = SUB(r, const f32[2] [3, 5]) } -> (y))",
                 R"(fn (x: f32[n,1,5,2]) { c: f32[n,1,5,6] = CONV_2D(x, @k: f32[6,1,1,2], @b: f32[6]) {stride_w: 1, stride_h: 1}
                                s: f32[n,1,5,6] = SUB(c, const f32[6] [3, 5, 3, 5, 3, 5])
                                y: f32[n,15,2] = RESHAPE(s, const i32[3] [-1, 15, 2]) } -> (y))");
}

TEST(MoveLayout, KnowsAReshapeThatMakesHeadsOfTheChannels) {
  expect_rewrite(move_layout,
                 R"(fn (x: f32[n,s,2]) { c: f32[n,s,6] = FULLY_CONNECTED(x, @k: f32[6,2], _)
                                r: f32[n,s,2,3] = RESHAPE(c, @shape: i32[4])
                                a = ADD(r, const f32[2,3] [1, 2, 3, 4, 5, 6])
                                m = MUL(a, const f32[1,1,1,3] [7, 8, 9])
                                y = MUL(m, const f32[] [10]) } -> (y))",
                 R"(fn (x: f32[n,s,2]) { c: f32[n,s,6] = FULLY_CONNECTED(x, @k: f32[6,2], _)
                                a: f32[n,s,6] = ADD(c, const f32[6] [1, 2, 3, 4, 5, 6])
                                m: f32[n,s,6] = MUL(a, const f32[6] [7, 8, 9, 7, 8, 9])
                                l: f32[n,s,6] = MUL(m, const f32[6] [10, 10, 10, 10, 10, 10])
                                y: f32[n,s,2,3] = RESHAPE(l, @shape: i32[4]) } -> (y))");
}

TEST(MoveLayout, LeavesAConstantOfOtherAxesThanTheHeads) {
  for (const char* rest : {R"(r: f32[2,3,2,3] = RESHAPE(c, @shape: i32[4])  y = ADD(r, @p: f32[3,2,1]) } -> (y))",
                           R"(r: f32[2,3,2,3] = RESHAPE(c, @shape: i32[4])  y = ADD(r, @p: f32[2,1]) } -> (y))",
                           R"(r: f32[6,3,2] = RESHAPE(c, @shape: i32[3])  y = ADD(r, @p: f32[6,1,1]) } -> (y))",
                           R"(r: f32[2,3,2,3] = RESHAPE(c, @shape: i32[4])  y: f32[1,2,3,2,3] = ADD(r, @p: f32[1,1,1,2,3]) } -> (y))"}) {
    expect_unchanged(move_layout, std::string(R"(fn (x: f32[2,3,2]) { c: f32[2,3,6] = FULLY_CONNECTED(x, @k: f32[6,2], _) )") + rest);
  }
}

TEST(MoveLayout, LeavesWhatIsNotAlongTheChannels) {
  // A constant of the places, a channel that is made of several, and a result that something else reads.
  for (const char* rest : {R"(r: f32[n,15,2] = RESHAPE(c, const i32[3] [-1, 15, 2])  y = MUL(r, @p: f32[15,1]) } -> (y))",
                           R"(r: f32[n,30] = RESHAPE(c, const i32[2] [-1, 30])  y = MUL(r, @p: f32[30]) } -> (y))",
                           R"(r: f32[n,15,2] = RESHAPE(c, const i32[3] [-1, 15, 2])  y = RELU(r) } -> (y, r))",
                           R"(r: f32[n,15,2] = RESHAPE(c, const i32[3] [-1, 15, 2])  y = SUB(@p: f32[2], r) } -> (y))",
                           R"(r: f32[n,15,2] = RESHAPE(c, const i32[3] [-1, 15, 2])  y = TANH(r) } -> (y))"}) {
    expect_unchanged(move_layout, std::string(R"(fn (x: f32[n,1,5,2]) {
        c: f32[n,1,5,6] = CONV_2D(x, @k: f32[6,1,1,2], @b: f32[6]) {stride_w: 1, stride_h: 1} )") +
                                      rest);
  }
}

}  // namespace
}  // namespace kelt::optimize
