// lower/image/color.cc — keras.ops.image.rgb_to_grayscale → a product with three weights; rgb_to_hsv, hsv_to_rgb → arithmetic on planes.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/image/layout.h"
#include "lower/image/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// The three channels, each [.., 1].
std::vector<Value> planes_of(Lowering& to, const Value& images, int axis) {
  std::vector<Value> planes;
  Dims size = images.dims;
  size[static_cast<size_t>(axis)] = Dim(1);
  for (int64_t channel = 0; channel < 3; ++channel) {
    std::vector<int64_t> begin(images.dims.size(), 0);
    begin[static_cast<size_t>(axis)] = channel;
    planes.push_back(slice(to, images, begin, size));
  }
  return planes;
}

Value clip_to_unit(Lowering& to, const Value& x) { return clip(to, x, 0, 1); }

std::vector<Value> hsv_of(Lowering& to, const Value& r, const Value& g, const Value& b) {
  const Value zero = like(to, r, 0);
  const Value one = like(to, r, 1);
  const Value value = binary(to, BuiltinOperator::MAXIMUM, binary(to, BuiltinOperator::MAXIMUM, r, g), b);
  const Value least = binary(to, BuiltinOperator::MINIMUM, binary(to, BuiltinOperator::MINIMUM, r, g), b);
  const Value range = sub(to, value, least);
  const Value bright = compare(to, BuiltinOperator::GREATER, value, zero);
  const Value coloured = compare(to, BuiltinOperator::GREATER, range, zero);
  const Value saturation = select(to, bright, div(to, range, select(to, bright, value, one)), zero);
  const Value norm = div(to, one, scaled(to, select(to, coloured, range, one), 6));
  const Value from_green = shifted(to, mul(to, norm, sub(to, b, r)), 2.0 / 6.0);
  const Value from_blue = shifted(to, mul(to, norm, sub(to, r, g)), 4.0 / 6.0);
  Value hue = select(to, compare(to, BuiltinOperator::EQUAL, value, g), from_green, from_blue);
  const Value from_red = mul(to, norm, sub(to, g, b));
  hue = select(to, compare(to, BuiltinOperator::EQUAL, value, r), from_red, hue);
  const Value turn = cast(to, compare(to, BuiltinOperator::LESS, hue, zero), DType::kFloat32);
  return {add(to, select(to, coloured, hue, zero), turn), saturation, value};
}

std::vector<Value> rgb_of(Lowering& to, const Value& hue, const Value& saturation, const Value& value) {
  const Value angle = scaled(to, binary(to, BuiltinOperator::FLOOR_MOD, hue, like(to, hue, 1)), 6);
  const auto from = [&](double centre) { return unary(to, BuiltinOperator::ABS, shifted(to, angle, -centre)); };
  const auto channel = [&](const Value& share) {
    const Value grey = sub(to, like(to, saturation, 1), saturation);
    return mul(to, value, add(to, grey, mul(to, saturation, clip_to_unit(to, share))));
  };
  const auto away = [&](double centre) { return sub(to, like(to, angle, 2), from(centre)); };
  return {channel(shifted(to, from(3), -1)), channel(away(2)), channel(away(4))};
}

Result<void> lower_planes(const graph::Node& node, Lowering& to,
                          std::vector<Value> (*change)(Lowering&, const Value&, const Value&, const Value&), double smallest) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());
  Value x = cast(to, images, DType::kFloat32);
  if (smallest > 0) {
    const Value tiny = compare(to, BuiltinOperator::LESS, unary(to, BuiltinOperator::ABS, x), like(to, x, smallest));
    x = select(to, tiny, like(to, x, 0), x);
  }
  const int axis = image_axes(images, channels_first).channels;
  const std::vector<Value> planes = planes_of(to, x, axis);
  return to.bind(node, cast(to, concatenate(to, change(to, planes[0], planes[1], planes[2]), axis), images.dtype));
}

// The step of the dtype at 1: Keras takes what is smaller for 0.
double epsilon(DType dtype) { return dtype == DType::kFloat16 ? 0x1p-10 : dtype == DType::kBFloat16 ? 0x1p-7 : 0x1p-23; }

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

Result<void> lower_rgb_to_hsv(const graph::Node& node, Lowering& to) {
  return lower_planes(node, to, hsv_of, epsilon(to.declared(node.outputs[0]).dtype));
}

Result<void> lower_hsv_to_rgb(const graph::Node& node, Lowering& to) { return lower_planes(node, to, rgb_of, 0); }

}  // namespace kelt::lower
