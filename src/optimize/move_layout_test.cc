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
