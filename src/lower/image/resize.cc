// lower/image/resize.cc — keras.ops.image.resize → RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR with half-pixel centres.
//
// What LiteRT has no operator for (bicubic, lanczos, antialiasing) is a matrix for the rows and one for the columns, computed if
// a size is not known. Integers are rounded, as Keras does on jax; TensorFlow's and torch's own rounding may differ by one.

#include "lower/core/arguments.h"
#include "lower/core/margins.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/image/layout.h"
#include "lower/image/lowerings.h"
#include "lower/image/resample.h"
#include "lower/saturate.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// LiteRT's own operators, to a size that may be computed.
Result<Value> resize_2d(Lowering& to, const Value& x, const Dims& size, bool nearest) {
  KELT_ASSIGN_OR_RETURN(const Value target, to.shape_value(size));
  const ValueType type{x.dtype, {x.dim(0), size[0], size[1], x.dim(3)}};
  if (nearest) {
    tflite::ResizeNearestNeighborOptionsT options;
    options.half_pixel_centers = true;
    return to.emit(BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, std::move(options), {x, target}, type);
  }
  tflite::ResizeBilinearOptionsT options;
  options.half_pixel_centers = true;
  return to.emit(BuiltinOperator::RESIZE_BILINEAR, std::move(options), {x, target}, type);
}

// The length of an axis that goes with `other` of the other axis.
Dim in_proportion(const Dim& other, const Dim& target, const Dim& other_target) { return Dim::floor_div(other * target, other_target); }

// ⌊(larger - smaller) / 2⌋, with nothing below zero on the way: sizes are worked out by RANGE, which knows no such.
Dim half_difference(const Dim& larger, const Dim& smaller) { return Dim::floor_div(larger + smaller, Dim(2)) - smaller; }

Result<Value> crop_axis(Lowering& to, const Value& x, int axis, const Dim& wanted) {
  const Dim kept = Dim::max(Dim::min(x.dim(axis), wanted), Dim(1));
  const Dim begin = half_difference(x.dim(axis), kept);
  KELT_ASSIGN_OR_RETURN(const Bound from, bound_of(to, begin, x.dim(axis)));
  KELT_ASSIGN_OR_RETURN(const Bound until, bound_of(to, begin + kept, x.dim(axis)));
  return slice_axis(to, x, axis, from, until, kept);
}

// The largest part of the image, or the smallest frame around it, that has the target's shape: Keras' own arithmetic. Only one
// axis is too long, or too short.
Result<Value> fit_aspect(Lowering& to, const Value& x, const Dims& size, bool crop, double fill) {
  const Dim height = in_proportion(x.dim(2), size[0], size[1]);
  const Dim width = in_proportion(x.dim(1), size[1], size[0]);
  if (crop) {
    KELT_ASSIGN_OR_RETURN(const Value rows, crop_axis(to, x, 1, height));
    return crop_axis(to, rows, 2, width);
  }
  const auto margin = [](const Dim& length, const Dim& wanted) { return half_difference(Dim::max(wanted, length), length); };
  const Dim top = margin(x.dim(1), height);
  const Dim left = margin(x.dim(2), width);
  return pad_by(to, x, {{}, {top, top}, {left, left}, {}}, fill);
}

Result<Value> resize_batch(Lowering& to, const Value& x, const Dims& size, const Resampling& resampling) {
  if (same_length(x.dim(1), size[0]) && same_length(x.dim(2), size[1])) return x;
  // Enlarging, there is nothing to smooth.
  const auto shrinks = [&](int axis) {
    const auto length = x.dim(axis).value();
    const auto target = size[axis - 1].value();
    return !length || !target || *target < *length;
  };
  if (resampling.kernel == "nearest") return resize_2d(to, x, size, true);
  const bool smooths = resampling.antialias && (shrinks(1) || shrinks(2));
  if (resampling.kernel == "bilinear" && !smooths) return resize_2d(to, x, size, false);
  return resample_image(to, x, size[0], size[1], resampling);
}

}  // namespace

Result<void> lower_image_resize(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const Dims size = args.dims("size");
  const Resampling resampling{.kernel = args.text("interpolation"), .antialias = args.flag("antialias")};
  const bool crop = args.flag("crop_to_aspect_ratio");
  const bool pads = args.flag("pad_to_aspect_ratio");
  args.ignore("fill_mode");  // Keras has one
  const double fill = args.optional_number("fill_value").value_or(0);
  const ImageLayout layout = image_layout(images, read_channels_first(args));
  if (size.size() != 2) args.reject_argument("size", "a height and a width");
  KELT_RETURN_IF_ERROR(args.finish());

  KELT_ASSIGN_OR_RETURN(Value x, layout.batch(to, images));
  if (crop || pads) {
    KELT_ASSIGN_OR_RETURN(x, fit_aspect(to, x, size, crop, fill));
  }
  KELT_ASSIGN_OR_RETURN(const Value resized, resize_batch(to, x, size, resampling));
  KELT_ASSIGN_OR_RETURN(Value y, layout.restore(to, resized));
  const DType dtype = to.declared(node.outputs[0]).dtype;
  if (is_integer(dtype) && resampling.kernel != "nearest") y = unary(to, BuiltinOperator::ROUND, y);
  return to.bind(node, saturate_cast(to, y, dtype));
}

}  // namespace kelt::lower
