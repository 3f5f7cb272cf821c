#include "lower/testing.h"

namespace kelt::lower {
namespace {

TEST(Conv, TakesItsKernelOutputFirstAndABiasOfZeros) {
  expect_lowering(R"(weight @0 "k": f32[1,2,1,3] = [1, 2, 3, 4, 5, 6]
                     fn "f" (%0 "x": f32[n,8,8,1]) {
                       %1: f32[1,2,1,3] = weight(table=@0)
                       %2: f32[n,4,8,3] = conv(inputs=%0, kernel=%1, strides=[2, 1], padding="same", data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x: f32[n,8,8,1]) {
                       y: f32[n,4,8,3] = CONV_2D(x, const f32[3,1,2,1] [1, 4, 2, 5, 3, 6], const f32[3] [0, 0, 0]) {stride_h: 2, stride_w: 1}
                     } -> (y))");
}

}  // namespace
}  // namespace kelt::lower
