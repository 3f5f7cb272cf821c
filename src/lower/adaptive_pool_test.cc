#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(AdaptivePool, IsAPoolingWhereTheOutputDividesTheInput) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,6,1]) {
                       %1: f32[n,2,2,1] = adaptive_max_pool(inputs=%0, output_size=2, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 6, 1]) {
                       t0: f32[n, 2, 6, 1] = MAX_POOL_2D(x0) {padding: VALID, stride_w: 1, stride_h: 2, filter_width: 1, filter_height: 2}
                       t1: f32[2*n, 6, 1, 1] = RESHAPE(t0, const i32[4] [-1, 6, 1, 1]) {new_shape: [-1, 6, 1, 1]}
                       t2: f32[2*n, 2, 1, 1] = MAX_POOL_2D(t1) {padding: VALID, stride_w: 1, stride_h: 3, filter_width: 1, filter_height: 3}
                       t3: f32[n, 2, 2, 1] = RESHAPE(t2, const i32[4] [-1, 2, 2, 1]) {new_shape: [-1, 2, 2, 1]}
                     } -> (t3))");
}

TEST(AdaptivePool, PicksAmongTwoSizesOfWindowsElsewhere) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,5,1]) {
                       %1: f32[n,3,1] = adaptive_average_pool(inputs=%0, output_size=3, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 5, 1]) {
                       t0: f32[n, 5, 1, 1] = RESHAPE(x0, const i32[4] [-1, 5, 1, 1]) {new_shape: [-1, 5, 1, 1]}
                       t1: f32[n, 4, 1, 1] = AVERAGE_POOL_2D(t0) {padding: VALID, stride_w: 1, stride_h: 1, filter_width: 1, filter_height: 2}
                       t2: f32[n, 3, 1, 1] = AVERAGE_POOL_2D(t0) {padding: VALID, stride_w: 1, stride_h: 1, filter_width: 1, filter_height: 3}
                       t3: f32[n, 7, 1, 1] = CONCATENATION(t1, t2) {axis: 1}
                       t4: f32[n, 3, 1, 1] = GATHER(t3, const i32[3] [0, 5, 3]) {axis: 1}
                       t5: f32[n, 3, 1] = RESHAPE(t4, const i32[3] [-1, 3, 1]) {new_shape: [-1, 3, 1]}
                     } -> (t5))");
}

}  // namespace
}  // namespace kelt::lower
