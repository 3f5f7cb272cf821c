// lower/resize.cc — keras.ops.image.resize → RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR with half-pixel centres.
//
// What LiteRT has no operator for (bicubic, lanczos, antialiasing) is linear along each axis: a matrix for the rows and one for
// the columns, with the weights that jax.image.resize and tf.image.resize give.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lower/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

struct Resampling {
  std::string kernel;
  bool antialias = false;
};

double kernel_radius(const std::string& kernel) {
  if (kernel == "bilinear") return 1;
  if (kernel == "bicubic") return 2;
  return kernel == "lanczos3" ? 3 : 5;
}

double kernel_at(const std::string& kernel, double distance) {
  const double x = std::abs(distance);
  const double radius = kernel_radius(kernel);
  if (x >= radius) return 0;
  if (kernel == "bilinear") return 1 - x;
  if (kernel == "bicubic") return x < 1 ? ((1.5 * x - 2.5) * x) * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
  if (x <= 1e-3) return 1;
  const double pi = std::numbers::pi;
  return radius * std::sin(pi * x) * std::sin(pi * x / radius) / (pi * pi * x * x);
}

// [out, in]: row i holds the weights of output i. Weights outside the image are left out and the rest made to sum to 1.
std::vector<float> resampling_matrix(int64_t in, int64_t out, const Resampling& resampling) {
  const double step = static_cast<double>(in) / static_cast<double>(out);
  const double width = resampling.antialias ? std::max(step, 1.0) : 1.0;
  std::vector<float> matrix;
  std::vector<double> row(static_cast<size_t>(in));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * step - 0.5;
    double sum = 0;
    for (int64_t j = 0; j < in; ++j)
      sum += row[static_cast<size_t>(j)] = kernel_at(resampling.kernel, (centre - static_cast<double>(j)) / width);
    for (const double weight : row) matrix.push_back(static_cast<float>(sum == 0 ? 0 : weight / sum));
  }
  return matrix;
}

// x [n, h, w, c]: rows × [n, h, w·c], then columns × [n·h, w, c].
Result<Value> resample(Lowering& to, const Value& x, int64_t height, int64_t width, const Resampling& resampling) {
  const auto in_height = x.dim(1).value();
  const auto in_width = x.dim(2).value();
  if (!in_height || !in_width) {
    return refuse("resizes by \"" + resampling.kernel + "\" an image whose size is not known",
                  "Give the image a fixed size, or use \"bilinear\" or \"nearest\" without antialias");
  }
  Value y = x;
  if (*in_height != height) {
    const Value rows = to.constant(array_from<float>({1, height, *in_height}, resampling_matrix(*in_height, height, resampling)));
    KELT_ASSIGN_OR_RETURN(const Value flat, reshape(to, y, {x.dim(0), x.dim(1), x.dim(2) * x.dim(3)}));
    KELT_ASSIGN_OR_RETURN(y, reshape(to, batch_matmul(to, rows, flat), {x.dim(0), Dim(height), x.dim(2), x.dim(3)}));
  }
  if (*in_width != width) {
    const Value columns = to.constant(array_from<float>({1, width, *in_width}, resampling_matrix(*in_width, width, resampling)));
    KELT_ASSIGN_OR_RETURN(const Value flat, reshape(to, y, {x.dim(0) * Dim(height), x.dim(2), x.dim(3)}));
    KELT_ASSIGN_OR_RETURN(y, reshape(to, batch_matmul(to, columns, flat), {x.dim(0), Dim(height), Dim(width), x.dim(3)}));
  }
  return y;
}

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

struct Box {
  int64_t top = 0, left = 0, height = 0, width = 0;
};

// The largest part of the image, or the smallest frame around it, that has the target's shape: Keras' own arithmetic.
Box aspect_box(int64_t height, int64_t width, int64_t target_height, int64_t target_width, bool crop) {
  const auto fit = [](int64_t length, int64_t target, int64_t other_target) {
    return static_cast<int64_t>(static_cast<double>(length * target) / static_cast<double>(other_target));
  };
  Box box;
  box.height = fit(width, target_height, target_width);
  box.width = fit(height, target_width, target_height);
  box.height = crop ? std::max<int64_t>(std::min(height, box.height), 1) : std::max(height, box.height);
  box.width = crop ? std::max<int64_t>(std::min(width, box.width), 1) : std::max(width, box.width);
  box.top = std::abs(height - box.height) / 2;
  box.left = std::abs(width - box.width) / 2;
  return box;
}

Result<Value> fit_aspect(Lowering& to, const Value& x, const Dims& size, bool crop, double fill) {
  const auto height = x.dim(1).value();
  const auto width = x.dim(2).value();
  if (!height || !width || !all_static(size))
    return refuse("keeps the aspect ratio of an image whose size is not known", "Give the image a fixed size");
  const Box box = aspect_box(*height, *width, *size[0].value(), *size[1].value(), crop);
  if (crop) return slice(to, x, std::vector<int64_t>{0, box.top, box.left, 0}, {x.dim(0), Dim(box.height), Dim(box.width), x.dim(3)});
  // Keras pads the same number of elements at both ends, of the height if it can, else of the width.
  const int64_t top = box.top;
  const int64_t left = top > 0 ? 0 : box.left;
  return pad(to, x, std::vector<Padding>{{}, {top, top}, {left, left}, {}}, fill);
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
  const bool channels_first = read_channels_first(args);
  if (size.size() != 2) args.reject("size", "a height and a width");
  KELT_RETURN_IF_ERROR(args.finish());

  const bool single = images.rank() == 3;
  Value x = cast(to, images, DType::kFloat32);
  if (single) {
    KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, 0));
  }
  x = channels_last(to, x, channels_first);
  if (crop || pads) {
    KELT_ASSIGN_OR_RETURN(x, fit_aspect(to, x, size, crop, fill));
  }
  // Enlarging, there is nothing to smooth.
  const auto shrinks = [&](int axis) {
    return !x.dim(axis).value() || !size[axis - 1].value() || *size[axis - 1].value() < *x.dim(axis).value();
  };
  const bool nearest = resampling.kernel == "nearest";
  const bool own = nearest || (resampling.kernel == "bilinear" && !(resampling.antialias && (shrinks(1) || shrinks(2))));
  Value y = x;
  if (own) {
    if (!same_length(x.dim(1), size[0]) || !same_length(x.dim(2), size[1])) {
      KELT_ASSIGN_OR_RETURN(y, resize_2d(to, x, size, nearest));
    }
  } else if (const auto target = static_dims(size)) {
    KELT_ASSIGN_OR_RETURN(y, resample(to, x, (*target)[0], (*target)[1], resampling));
  } else {
    return refuse("resizes by \"" + resampling.kernel + "\" to a size that is not known");
  }
  y = restore_layout(to, y, channels_first);
  if (single) {
    KELT_ASSIGN_OR_RETURN(y, squeeze(to, y, std::vector<int>{0}));
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
