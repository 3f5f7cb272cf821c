#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(RgbToGrayscale, IsAProductWithThreeWeights) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,4,3]) {
                       %1: f32[n,4,4,1] = image.rgb_to_grayscale(images=%0, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 4, 3]) {
                       t0: f32[n, 4, 4, 1] = FULLY_CONNECTED(x0, const f32[1, 3] [0.2989, 0.587, 0.114], const f32[1] 0) {keep_num_dims: true}
                     } -> (t0))");
}

TEST(ExtractPatches, IsAConvolutionByTheUnitMatrix) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,4,1]) {
                       %1: f32[n,4,2,2] = image.extract_patches(images=%0, size=[1, 2], strides=None, dilation_rate=1, padding="valid", data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 4, 1]) {
                       t0: f32[n, 4, 2, 2] = CONV_2D(x0, const f32[2, 1, 2, 1] [1, 0, 0, 1], const f32[2] [0, 0]) {padding: VALID, stride_w: 2, stride_h: 1}
                     } -> (t0))");
}

TEST(ExtractPatches, OfSquaresSideBySideMovesOnly) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,5,1]) {
                       %1: f32[n,2,2,4] = image.extract_patches(images=%0, size=[2, 2], strides=None, dilation_rate=1, padding="valid", data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 5, 1]) {
                       t0: f32[n, 4, 4, 1] = STRIDED_SLICE(x0, const i32[4] [0, 0, 0, 0], const i32[4] [0, 4, 4, 1], const i32[4] [1, 1, 1, 1]) {end_mask: 1}
                       t1: f32[n, 2, 2, 4] = SPACE_TO_DEPTH(t0) {block_size: 2}
                     } -> (t1))");
}

TEST(CropImages, IsASlice) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,5,1]) {
                       %1: f32[n,2,3,1] = image.crop_images(images=%0, top_cropping=1, left_cropping=0, bottom_cropping=None, right_cropping=None, target_height=2, target_width=3, data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4, 5, 1]) {
                       t0: f32[n, 2, 3, 1] = STRIDED_SLICE(x0, const i32[4] [0, 1, 0, 0], const i32[4] [0, 3, 3, 0], const i32[4] [1, 1, 1, 1]) {begin_mask: 9, end_mask: 9}
                     } -> (t0))");
}

}  // namespace
}  // namespace kelt::lower
