// lower/image/filter.cc — keras.ops.image.gaussian_blur, sobel_edges → DEPTHWISE_CONV_2D; ssim → five of them.
//
// Called on arrays without data_format, Keras' gaussian_blur takes them for channels_first on jax; in a model it asks its
// configuration, and so does the file.

#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/image/layout.h"
#include "lower/image/lowerings.h"
#include "lower/sliding.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

std::vector<double> gaussian(int64_t size, double sigma) {
  std::vector<double> weights;
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double distance = (static_cast<double>(i) - static_cast<double>(size - 1) / 2) / sigma;
    sum += weights.emplace_back(std::exp(-0.5 * distance * distance));
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// rows × columns, for each of `channels`: [kh, kw, c, 1].
Value separable_kernel(Lowering& to, const std::vector<double>& rows, const std::vector<double>& columns, int64_t channels) {
  std::vector<float> kernel;
  for (const double row : rows) {
    for (const double column : columns) kernel.insert(kernel.end(), static_cast<size_t>(channels), static_cast<float>(row * column));
  }
  return to.constant(array_from<float>({static_cast<int64_t>(rows.size()), static_cast<int64_t>(columns.size()), channels, 1}, kernel));
}

Result<int64_t> channels_of(const Value& x) {
  const auto channels = x.dim(3).value();
  if (!channels) return reject("its channels are not known", "Give the input a fixed number of channels");
  return *channels;
}

Sliding still(tflite::Padding padding) { return {.stride = {1, 1}, .dilation = {1, 1}, .padding = padding}; }

std::vector<double> numbers_of(Arguments& args, std::string_view name) {
  std::vector<double> numbers;
  const graph::Attribute* attribute = args.raw(name);
  const auto* list = attribute == nullptr ? nullptr : std::get_if<graph::List>(&attribute->value);
  for (const graph::Attribute& element : list == nullptr ? graph::List{} : *list) {
    if (const auto* real = std::get_if<double>(&element.value)) numbers.push_back(*real);
    if (const auto* whole = std::get_if<int64_t>(&element.value)) numbers.push_back(static_cast<double>(*whole));
  }
  if (numbers.size() != 2) args.reject_argument(name, "two numbers");
  numbers.resize(2, 1);
  return numbers;
}

}  // namespace

Result<void> lower_gaussian_blur(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const std::vector<int64_t> size = args.repeated("kernel_size", 2);
  const std::vector<double> sigma = numbers_of(args, "sigma");
  const ImageLayout layout = image_layout(images, read_channels_first(args));
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value x, layout.batch(to, images));
  KELT_ASSIGN_OR_RETURN(const int64_t channels, channels_of(x));
  // Keras' first number is the width, whatever its documentation says.
  const Value kernel = separable_kernel(to, gaussian(size[1], sigma[1]), gaussian(size[0], sigma[0]), channels);
  KELT_ASSIGN_OR_RETURN(const Value blurred, convolve_depthwise(to, x, kernel, still(tflite::Padding::SAME)));
  KELT_ASSIGN_OR_RETURN(const Value y, layout.restore(to, blurred));
  return to.bind(node, cast(to, y, images.dtype));
}

// [.., 2]: along the height, along the width.
Result<void> lower_sobel_edges(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value x = channels_last(to, cast(to, images, DType::kFloat32), channels_first);
  KELT_ASSIGN_OR_RETURN(const int64_t channels, channels_of(x));
  const std::vector<float> smooth = {1, 2, 1}, slope = {-1, 0, 1};
  std::vector<float> kernel;
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column) {
      for (int64_t channel = 0; channel < channels; ++channel) {
        kernel.insert(kernel.end(), {slope[row] * smooth[column], smooth[row] * slope[column]});
      }
    }
  }
  const Value filter = to.constant(array_from<float>({3, 3, channels, 2}, kernel));
  KELT_ASSIGN_OR_RETURN(const Value edges, convolve_depthwise(to, x, filter, still(tflite::Padding::SAME)));
  KELT_ASSIGN_OR_RETURN(Value y, reshape(to, edges, {x.dim(0), x.dim(1), x.dim(2), x.dim(3), Dim(2)}));
  if (channels_first) y = transpose(to, y, std::vector<int>{0, 3, 1, 2, 4});
  return to.bind(node, cast(to, y, images.dtype));
}

Result<void> lower_ssim(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value image1 = args.tensor("image1");
  const Value image2 = args.tensor("image2");
  const double largest = args.number("max_val");
  const int64_t size = args.integer("filter_size");
  const double sigma = args.number("filter_sigma");
  const double k1 = args.number("k1");
  const double k2 = args.number("k2");
  const ImageLayout layout = image_layout(image1, read_channels_first(args));
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value a, layout.batch(to, image1));
  KELT_ASSIGN_OR_RETURN(const Value b, layout.batch(to, image2));
  KELT_ASSIGN_OR_RETURN(const int64_t channels, channels_of(a));
  const Value kernel = separable_kernel(to, gaussian(size, sigma), gaussian(size, sigma), channels);
  const auto mean = [&](const Value& x) { return convolve_depthwise(to, x, kernel, still(tflite::Padding::VALID)); };
  KELT_ASSIGN_OR_RETURN(const Value mean_a, mean(a));
  KELT_ASSIGN_OR_RETURN(const Value mean_b, mean(b));
  KELT_ASSIGN_OR_RETURN(const Value mean_aa, mean(mul(to, a, a)));
  KELT_ASSIGN_OR_RETURN(const Value mean_bb, mean(mul(to, b, b)));
  KELT_ASSIGN_OR_RETURN(const Value mean_ab, mean(mul(to, a, b)));
  const Value squares = mul(to, mean_a, mean_a);
  const Value other_squares = mul(to, mean_b, mean_b);
  const Value products = mul(to, mean_a, mean_b);
  const auto scaled = [&](const Value& x, double factor, double offset) {
    return add(to, mul(to, x, like(to, x, factor)), like(to, x, offset));
  };
  const double c1 = std::pow(k1 * largest, 2);
  const double c2 = std::pow(k2 * largest, 2);
  const Value contrast = scaled(sub(to, mean_ab, products), 2, c2);
  const Value numerator = mul(to, scaled(products, 2, c1), contrast);
  const Value other_variance = sub(to, mean_bb, other_squares);
  const Value variances = scaled(add(to, sub(to, mean_aa, squares), other_variance), 1, c2);
  const Value denominator = mul(to, scaled(add(to, squares, other_squares), 1, c1), variances);
  Value y = mean_of(to, div(to, numerator, denominator), std::vector<int>{1, 2, 3}, false);
  if (layout.single) {
    KELT_ASSIGN_OR_RETURN(y, squeeze(to, y, std::vector<int>{0}));
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
