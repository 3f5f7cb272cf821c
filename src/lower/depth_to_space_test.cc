#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(DepthToSpace, ReordersChannelsThatComeFirst) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,8,2,2]) {
                       %1: f32[n,2,4,4] = depth_to_space(x=%0, block_size=2, data_format="channels_first")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 8, 2, 2]) {
                       t0: f32[n, 8, 2, 2] = GATHER(x0, const i32[8] [0, 4, 1, 5, 2, 6, 3, 7]) {axis: 1}
                       t1: f32[n, 2, 2, 8] = TRANSPOSE(t0, const i32[4] [0, 2, 3, 1])
                       t2: f32[n, 4, 4, 2] = DEPTH_TO_SPACE(t1) {block_size: 2}
                       t3: f32[n, 2, 4, 4] = TRANSPOSE(t2, const i32[4] [0, 3, 1, 2])
                     } -> (t3))");
}

TEST(SpaceToDepth, IsOneOperator) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,4,2]) {
                       %1: f32[n,2,2,8] = space_to_depth(x=%0, block_size=2, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 4, 2]) {
                       t0: f32[n, 2, 2, 8] = SPACE_TO_DEPTH(x0) {block_size: 2}
                     } -> (t0))");
}

}  // namespace
}  // namespace kelt::lower
