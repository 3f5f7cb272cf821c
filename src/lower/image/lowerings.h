// lower/image/lowerings.h — the lowerings of keras.ops.image.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// color.cc
Result<void> lower_rgb_to_grayscale(const graph::Node& node, Lowering& to);
Result<void> lower_rgb_to_hsv(const graph::Node& node, Lowering& to);
Result<void> lower_hsv_to_rgb(const graph::Node& node, Lowering& to);
// crop_pad.cc
Result<void> lower_pad_images(const graph::Node& node, Lowering& to);
Result<void> lower_crop_images(const graph::Node& node, Lowering& to);
// filter.cc
Result<void> lower_gaussian_blur(const graph::Node& node, Lowering& to);
Result<void> lower_sobel_edges(const graph::Node& node, Lowering& to);
Result<void> lower_ssim(const graph::Node& node, Lowering& to);
// map_coordinates.cc
Result<void> lower_map_coordinates(const graph::Node& node, Lowering& to);
// patches.cc
Result<void> lower_extract_patches(const graph::Node& node, Lowering& to);
Result<void> lower_extract_patches_3d(const graph::Node& node, Lowering& to);
// resize.cc
Result<void> lower_image_resize(const graph::Node& node, Lowering& to);
// scale_and_translate.cc
Result<void> lower_scale_and_translate(const graph::Node& node, Lowering& to);
// transform.cc
Result<void> lower_affine_transform(const graph::Node& node, Lowering& to);
Result<void> lower_perspective_transform(const graph::Node& node, Lowering& to);
Result<void> lower_elastic_transform(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
