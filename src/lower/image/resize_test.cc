#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Resize, IsBilinearBetweenHalfPixelCentres) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,4,1]) {
                       %1: f32[n,8,6,1] = image.resize(images=%0, size=[8, 6], interpolation="bilinear", antialias=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, fill_mode="constant", fill_value=0.0, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 4, 1]) {
                       t0: f32[n, 8, 6, 1] = RESIZE_BILINEAR(x0, const i32[2] [8, 6]) {half_pixel_centers: true}
                     } -> (t0))");
}

TEST(Resize, FollowsASize) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,h,4,1]) {
                       %1: f32[n,2*h,6,1] = image.resize(images=%0, size=[{2*h}, 6], interpolation="nearest", antialias=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, fill_mode="constant", fill_value=0.0, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, h, 4, 1]) {
                       t0: i32[4] = SHAPE(x0) {out_type: INT32}
                       t1: i32[] = STRIDED_SLICE(t0, const i32[1] 1, const i32[1] 2, const i32[1] 1) {shrink_axis_mask: 1}
                       t2: i32[] = MUL(const i32[] 2, t1)
                       t3: i32[1] = RESHAPE(t2, const i32[1] 1) {new_shape: [1]}
                       t4: i32[2] = CONCATENATION(t3, const i32[1] 6)
                       t5: f32[n, 2*h, 6, 1] = RESIZE_NEAREST_NEIGHBOR(x0, t4) {half_pixel_centers: true}
                     } -> (t5))");
}

TEST(Resize, IsAMatrixForEachAxisWhereLiteRtHasNoOperator) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,2,1]) {
                       %1: f32[n,2,2,1] = image.resize(images=%0, size=[2, 2], interpolation="bilinear", antialias=True, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, fill_mode="constant", fill_value=0.0, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 2, 1]) {
                       t0: f32[n, 4, 2] = RESHAPE(x0, const i32[3] [-1, 4, 2]) {new_shape: [-1, 4, 2]}
                       t1: f32[n, 2, 2] = BATCH_MATMUL(const f32[1, 2, 4] [0.42857143, 0.42857143, 0.14285715, 0, 0, 0.14285715, 0.42857143, 0.42857143], t0)
                       t2: f32[n, 2, 2, 1] = RESHAPE(t1, const i32[4] [-1, 2, 2, 1]) {new_shape: [-1, 2, 2, 1]}
                     } -> (t2))");
}

}  // namespace
}  // namespace kelt::lower
