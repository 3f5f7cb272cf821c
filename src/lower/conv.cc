// lower/conv.cc — keras.ops.conv, depthwise_conv, separable_conv → CONV_2D, DEPTHWISE_CONV_2D, CONV_3D.
//
// One spatial dim is a height of 1. Every convolution has a bias, of zeros until optimize fuses the addition that follows: the
// runtime's kernels fail without. Keras' `same` is LiteRT's SAME, with strides and dilations too. Half
// precision computes in float32.

#include "lower/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

// `convolve_image` on [n, h, w, c], for an `x` and a kernel of one or two spatial dims.
template <typename Convolve>
Result<Value> on_image(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding, const Convolve& convolve_image) {
  if (x.rank() == 4) return convolve_image(to, x, kernel, sliding);
  const auto size = static_dims(kernel.dims);
  if (!size) return reject("its kernel's size is not known");
  KELT_ASSIGN_OR_RETURN(const Value image, expand_dims(to, x, 1));
  KELT_ASSIGN_OR_RETURN(const Value filter, reshape(to, kernel, {1, (*size)[0], (*size)[1], (*size)[2]}));
  KELT_ASSIGN_OR_RETURN(const Value y, convolve_image(to, image, filter, sliding.with_height()));
  return squeeze(to, y, std::vector<int>{1});
}

// CONV_3D knows no groups: one convolution a group, of its slice of the channels.
Result<Value> convolve_3d_grouped(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding) {
  const auto channels = x.dim(-1).value();
  const auto in = kernel.dim(3).value();
  const auto out = kernel.dim(4).value();
  if (!channels || !in || !out) return reject("its channels are not known", "Give the input a fixed number of channels");
  const int64_t groups = *channels / *in;
  if (groups == 1) return convolve_3d(to, x, kernel, sliding);
  std::vector<Value> parts;
  for (int64_t group = 0; group < groups; ++group) {
    Dims x_size = x.dims;
    x_size.back() = Dim(*in);
    Dims kernel_size = kernel.dims;
    kernel_size.back() = Dim(*out / groups);
    const Value x_part = slice(to, x, std::vector<int64_t>{0, 0, 0, 0, group * *in}, x_size);
    const Value kernel_part = slice(to, kernel, std::vector<int64_t>{0, 0, 0, 0, group * (*out / groups)}, kernel_size);
    KELT_ASSIGN_OR_RETURN(const Value part, convolve_3d(to, x_part, kernel_part, sliding));
    parts.push_back(part);
  }
  return concatenate(to, parts, 4);
}

}  // namespace

Result<void> lower_conv(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value inputs = args.tensor("inputs");
  const Value kernel = args.tensor("kernel");
  const Sliding sliding = read_sliding(args, spatial_rank(inputs));
  KELT_RETURN_IF_ERROR(args.finish());

  const Value x = channels_last(to, cast(to, inputs, DType::kFloat32), sliding.channels_first);
  const Value weights = cast(to, kernel, DType::kFloat32);
  KELT_ASSIGN_OR_RETURN(const Value y,
                        x.rank() == 5 ? convolve_3d_grouped(to, x, weights, sliding) : on_image(to, x, weights, sliding, convolve));
  return to.bind(node, wrap_around(to, restore_layout(to, y, sliding.channels_first), inputs.dtype));
}

Result<void> lower_depthwise_conv(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value inputs = args.tensor("inputs");
  const Value kernel = args.tensor("kernel");
  const Sliding sliding = read_sliding(args, spatial_rank(inputs));
  KELT_RETURN_IF_ERROR(args.finish());
  if (inputs.rank() > 4) return reject("has no form of three spatial dims");

  const Value x = channels_last(to, cast(to, inputs, DType::kFloat32), sliding.channels_first);
  KELT_ASSIGN_OR_RETURN(const Value y, on_image(to, x, cast(to, kernel, DType::kFloat32), sliding, convolve_depthwise));
  return to.bind(node, wrap_around(to, restore_layout(to, y, sliding.channels_first), inputs.dtype));
}

// Depthwise, then one by one: the strides belong to the first.
Result<void> lower_separable_conv(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value inputs = args.tensor("inputs");
  const Value depthwise = args.tensor("depthwise_kernel");
  const Value pointwise = args.tensor("pointwise_kernel");
  const Sliding sliding = read_sliding(args, spatial_rank(inputs));
  KELT_RETURN_IF_ERROR(args.finish());
  if (inputs.rank() > 4) return reject("has no form of three spatial dims");

  const Value x = channels_last(to, cast(to, inputs, DType::kFloat32), sliding.channels_first);
  const Sliding still{.stride = std::vector<int64_t>(spatial_rank(x), 1), .dilation = std::vector<int64_t>(spatial_rank(x), 1)};
  KELT_ASSIGN_OR_RETURN(const Value features, on_image(to, x, cast(to, depthwise, DType::kFloat32), sliding, convolve_depthwise));
  KELT_ASSIGN_OR_RETURN(const Value y, on_image(to, features, cast(to, pointwise, DType::kFloat32), still, convolve));
  return to.bind(node, wrap_around(to, restore_layout(to, y, sliding.channels_first), inputs.dtype));
}

}  // namespace kelt::lower
