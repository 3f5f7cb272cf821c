// lower/image/crop_pad.cc — keras.ops.image.pad_images → PAD, crop_images → STRIDED_SLICE, by numbers or to a size.

#include "lower/core/arguments.h"
#include "lower/core/margins.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/image/layout.h"
#include "lower/image/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

// What is taken or added before and after, of which all but one of three are given: larger = before + smaller + after.
Margin margin_of(std::optional<int64_t> before, std::optional<int64_t> after, const Dim& larger, const Dim& smaller) {
  if (before && after) return {Dim(*before), Dim(*after)};
  const Dim rest = larger - smaller;
  if (before) return {Dim(*before), rest - Dim(*before)};
  return {rest - Dim(after.value_or(0)), Dim(after.value_or(0))};
}

Result<Range> without(Lowering& to, const Dim& length, const Margin& margin) {
  if (margin.is_empty()) return whole(length);
  KELT_ASSIGN_OR_RETURN(const Bound begin, bound_of(to, margin.before, length));
  KELT_ASSIGN_OR_RETURN(const Bound end, bound_of(to, length - margin.after, length));
  return Range{.begin = begin, .end = end, .stride = 1, .length = length - margin.before - margin.after};
}

}  // namespace

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
  std::vector<Margin> margins(images.dims.size());
  margins[static_cast<size_t>(axes.height)] = margin_of(top, bottom, Dim(height.value_or(0)), images.dim(axes.height));
  margins[static_cast<size_t>(axes.width)] = margin_of(left, right, Dim(width.value_or(0)), images.dim(axes.width));
  KELT_ASSIGN_OR_RETURN(const Value y, pad_by(to, images, margins, 0));
  return to.bind(node, y);
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
  std::vector<Range> ranges;
  for (const Dim& dim : images.dims) ranges.push_back(whole(dim));
  const Margin rows = margin_of(top, bottom, images.dim(axes.height), Dim(height.value_or(0)));
  const Margin columns = margin_of(left, right, images.dim(axes.width), Dim(width.value_or(0)));
  KELT_ASSIGN_OR_RETURN(ranges[static_cast<size_t>(axes.height)], without(to, images.dim(axes.height), rows));
  KELT_ASSIGN_OR_RETURN(ranges[static_cast<size_t>(axes.width)], without(to, images.dim(axes.width), columns));
  KELT_ASSIGN_OR_RETURN(const Value y, strided_slice(to, images, ranges));
  return to.bind(node, y);
}

}  // namespace kelt::lower
