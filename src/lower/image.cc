// lower/image.cc — keras.ops.image.rgb_to_grayscale, extract_patches, pad_images, crop_images.
//
// Each is an operator that LiteRT has: a product with three weights, a convolution with the unit matrix, PAD, SLICE.

#include "lower/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// The axes of height, width and channels of a single image or a batch.
struct ImageAxes {
  int height, width, channels;
};

ImageAxes image_axes(const Value& images, bool channels_first) {
  const int rank = images.rank();
  return channels_first ? ImageAxes{rank - 2, rank - 1, rank - 3} : ImageAxes{rank - 3, rank - 2, rank - 1};
}

// What is taken or added before and after `length`, of which all but one of three are given.
struct Margins {
  Dim before, after;
};

Margins margins_of(std::optional<int64_t> before, std::optional<int64_t> after, std::optional<int64_t> target, const Dim& total) {
  // total = before + target + after, the larger of both sizes
  if (before && after) return {Dim(*before), Dim(*after)};
  const Dim rest = total - Dim(target.value_or(0));
  if (before) return {Dim(*before), rest - Dim(*before)};
  return {rest - Dim(after.value_or(0)), Dim(after.value_or(0))};
}

}  // namespace

Result<void> lower_rgb_to_grayscale(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());
  const ImageAxes axes = image_axes(images, channels_first);
  if (images.dim(axes.channels) == Dim(1)) return to.bind(node, images);
  const std::vector<float> weights = {0.2989F, 0.5870F, 0.1140F};
  const Value x = cast(to, images, DType::kFloat32);
  if (channels_first) {
    const Value parts = mul(to, x, to.constant(array_from<float>({3, 1, 1}, weights)));
    const Value sum = reduce(to, BuiltinOperator::SUM, parts, std::vector<int>{axes.channels}, true);
    return to.bind(node, cast(to, sum, images.dtype));
  }
  const Value gray = fully_connected(to, x, to.constant(array_from<float>({1, 3}, weights)), zeros(to, 1));
  return to.bind(node, cast(to, gray, images.dtype));
}

Result<void> lower_extract_patches(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const std::vector<int64_t> size = args.repeated("size", 2);
  Sliding sliding{.stride = size,
                  .dilation = args.repeated("dilation_rate", 2),
                  .padding = read_padding(args),
                  .channels_first = read_channels_first(args)};
  if (args.optional_integers("strides")) sliding.stride = args.repeated("strides", 2);
  KELT_RETURN_IF_ERROR(args.finish());

  const bool single = images.rank() == 3;
  Value x = cast(to, images, DType::kFloat32);
  if (single) {
    KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, 0));
  }
  x = channels_last(to, x, sliding.channels_first);
  const auto channels = x.dim(3).value();
  if (!channels) return refuse("its channels are not known", "Give the input a fixed number of channels");
  const int64_t out = size[0] * size[1] * *channels;
  std::vector<float> unit(static_cast<size_t>(out * out), 0.0F);
  for (int64_t i = 0; i < out; ++i) unit[static_cast<size_t>(i * out + i)] = 1;
  const Value kernel = to.constant(array_from<float>({size[0], size[1], *channels, out}, unit));
  KELT_ASSIGN_OR_RETURN(Value y, convolve(to, x, kernel, sliding));
  y = restore_layout(to, y, sliding.channels_first);
  if (single) {
    KELT_ASSIGN_OR_RETURN(y, squeeze(to, y, std::vector<int>{0}));
  }
  return to.bind(node, cast(to, y, images.dtype));
}

Result<void> lower_pad_images(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const auto top = args.optional_integer("top_padding");
  const auto left = args.optional_integer("left_padding");
  const auto bottom = args.optional_integer("bottom_padding");
  const auto right = args.optional_integer("right_padding");
  const auto height = args.optional_integer("target_height");
  const auto width = args.optional_integer("target_width");
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());

  const ImageAxes axes = image_axes(images, channels_first);
  const Margins rows = margins_of(top, bottom, std::nullopt, Dim(height.value_or(0)) - images.dim(axes.height));
  const Margins columns = margins_of(left, right, std::nullopt, Dim(width.value_or(0)) - images.dim(axes.width));
  std::vector<Padding> padding(images.dims.size());
  for (const auto& [axis, margins] : {std::pair(axes.height, rows), std::pair(axes.width, columns)}) {
    const auto before = margins.before.value();
    const auto after = margins.after.value();
    if (!before || !after) return refuse("pads an image whose size is not known to a fixed size");
    padding[static_cast<size_t>(axis)] = {*before, *after};
  }
  return to.bind(node, pad(to, images, padding));
}

Result<void> lower_crop_images(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const auto top = args.optional_integer("top_cropping");
  const auto left = args.optional_integer("left_cropping");
  const auto bottom = args.optional_integer("bottom_cropping");
  const auto right = args.optional_integer("right_cropping");
  const auto height = args.optional_integer("target_height");
  const auto width = args.optional_integer("target_width");
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());

  const ImageAxes axes = image_axes(images, channels_first);
  const Margins rows = margins_of(top, bottom, height, images.dim(axes.height));
  const Margins columns = margins_of(left, right, width, images.dim(axes.width));
  std::vector<int64_t> begin(images.dims.size(), 0);
  Dims size = images.dims;
  for (const auto& [axis, margins] : {std::pair(axes.height, rows), std::pair(axes.width, columns)}) {
    const auto before = margins.before.value();
    const Dim length = images.dim(axis) - margins.before - margins.after;
    if (!before || !length.is_static()) return refuse("crops an image whose size is not known");
    begin[static_cast<size_t>(axis)] = *before;
    size[static_cast<size_t>(axis)] = length;
  }
  return to.bind(node, slice(to, images, begin, size));
}

}  // namespace kelt::lower
