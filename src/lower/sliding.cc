#include "lower/sliding.h"

#include <algorithm>

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

std::vector<int> layout_permutation(int rank, bool to_channels_last) {
  std::vector<int> permutation = {0};
  if (!to_channels_last) permutation.push_back(rank - 1);
  for (int axis = to_channels_last ? 2 : 1; axis < rank - (to_channels_last ? 0 : 1); ++axis) permutation.push_back(axis);
  if (to_channels_last) permutation.push_back(1);
  return permutation;
}

Value filled(Emitter& to, std::vector<int64_t> shape, float fill) {
  int64_t count = 1;
  for (const int64_t dim : shape) count *= dim;
  const std::vector<float> values(static_cast<size_t>(count), fill);
  return to.constant(array_from<float>(std::move(shape), values));
}

Dims slid_dims(const Value& x, std::span<const int64_t> size, const Sliding& sliding, const Dim& channels) {
  Dims dims = {x.dim(0)};
  for (size_t i = 0; i < size.size(); ++i) {
    const int64_t reach = (size[i] - 1) * sliding.dilation[i] + 1;
    dims.push_back(slid_length(x.dims[i + 1], reach, sliding.stride[i], sliding.padding));
  }
  dims.push_back(channels);
  return dims;
}

}  // namespace

Sliding Sliding::with_height() const {
  Sliding image = *this;
  image.stride.insert(image.stride.begin(), 1);
  image.dilation.insert(image.dilation.begin(), 1);
  return image;
}

size_t spatial_rank(const Value& x) { return static_cast<size_t>(std::max(x.rank() - 2, 1)); }

bool read_channels_first(Arguments& args) {
  const graph::Attribute* format = args.raw("data_format");
  if (format == nullptr || std::holds_alternative<graph::None>(format->value)) return false;
  return args.text("data_format") == "channels_first";
}

tflite::Padding read_padding(Arguments& args) {
  const std::string padding = args.text("padding");
  if (padding != "same" && padding != "valid") args.reject_argument("padding", "\"same\" or \"valid\"");
  return padding == "same" ? tflite::Padding::SAME : tflite::Padding::VALID;
}

Sliding read_sliding(Arguments& args, size_t spatial) {
  return Sliding{.stride = args.repeated("strides", spatial),
                 .dilation = args.repeated("dilation_rate", spatial),
                 .padding = read_padding(args),
                 .channels_first = read_channels_first(args)};
}

Value channels_last(Emitter& to, const Value& x, bool channels_first) {
  return channels_first ? transpose(to, x, layout_permutation(x.rank(), true)) : x;
}

Value restore_layout(Emitter& to, const Value& y, bool channels_first) {
  return channels_first ? transpose(to, y, layout_permutation(y.rank(), false)) : y;
}

Value wrap_around(Emitter& to, const Value& y, DType dtype) { return cast(to, is_integer(dtype) ? cast(to, y, DType::kInt32) : y, dtype); }

Dim slid_length(const Dim& length, int64_t size, int64_t stride, tflite::Padding padding) {
  if (padding == tflite::Padding::SAME) return Dim::floor_div(length + Dim(stride - 1), Dim(stride));
  return Dim::floor_div(length + Dim(stride - size), Dim(stride));
}

Value zeros(Emitter& to, int64_t count) { return filled(to, {count}, 0); }

Value ones(Emitter& to, std::vector<int64_t> shape) { return filled(to, std::move(shape), 1); }

Value pool_2d(Emitter& to, BuiltinOperator code, const Value& x, std::span<const int64_t> size, std::span<const int64_t> stride,
              tflite::Padding padding) {
  tflite::Pool2DOptionsT options;
  options.padding = padding;
  options.filter_height = clamp_int32(size[0]);
  options.filter_width = clamp_int32(size[1]);
  options.stride_h = clamp_int32(stride[0]);
  options.stride_w = clamp_int32(stride[1]);
  const Sliding sliding{.stride = {stride.begin(), stride.end()}, .dilation = {1, 1}, .padding = padding};
  return to.emit(code, std::move(options), {x}, {x.dtype, slid_dims(x, size, sliding, x.dim(-1))});
}

Result<Value> convolve(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding) {
  const auto size = static_dims(kernel.dims);
  const auto channels = x.dim(-1).value();
  if (!size || !channels) return reject("its channels are not known", "Give the input a fixed number of channels");
  const auto [height, width, in, out] = std::tie((*size)[0], (*size)[1], (*size)[2], (*size)[3]);
  if (in == 1 && *channels > 1) {
    // As many groups as channels is a depthwise convolution, which runs faster; the order of the outputs is the same.
    KELT_ASSIGN_OR_RETURN(const Value depthwise, reshape(to, kernel, {height, width, *channels, out / *channels}));
    return convolve_depthwise(to, x, depthwise, sliding);
  }
  tflite::Conv2DOptionsT options;
  options.padding = sliding.padding;
  options.stride_h = clamp_int32(sliding.stride[0]);
  options.stride_w = clamp_int32(sliding.stride[1]);
  options.dilation_h_factor = clamp_int32(sliding.dilation[0]);
  options.dilation_w_factor = clamp_int32(sliding.dilation[1]);
  const Value filter = transpose(to, kernel, std::vector<int>{3, 0, 1, 2});
  return to.emit(BuiltinOperator::CONV_2D, std::move(options), {x, filter, zeros(to, out)},
                 {x.dtype, slid_dims(x, std::vector<int64_t>{height, width}, sliding, Dim(out))});
}

Result<Value> convolve_depthwise(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding) {
  const auto size = static_dims(kernel.dims);
  if (!size) return reject("its channels are not known", "Give the input a fixed number of channels");
  const auto [height, width, channels, multiplier] = std::tie((*size)[0], (*size)[1], (*size)[2], (*size)[3]);
  const int64_t out = channels * multiplier;
  tflite::DepthwiseConv2DOptionsT options;
  options.padding = sliding.padding;
  options.stride_h = clamp_int32(sliding.stride[0]);
  options.stride_w = clamp_int32(sliding.stride[1]);
  options.dilation_h_factor = clamp_int32(sliding.dilation[0]);
  options.dilation_w_factor = clamp_int32(sliding.dilation[1]);
  options.depth_multiplier = clamp_int32(multiplier);
  KELT_ASSIGN_OR_RETURN(const Value filter, reshape(to, kernel, {1, height, width, out}));
  return to.emit(BuiltinOperator::DEPTHWISE_CONV_2D, std::move(options), {x, filter, zeros(to, out)},
                 {x.dtype, slid_dims(x, std::vector<int64_t>{height, width}, sliding, Dim(out))});
}

Result<Value> convolve_3d(Lowering& to, const Value& x, const Value& kernel, const Sliding& sliding) {
  const auto size = static_dims(kernel.dims);
  if (!size) return reject("its kernel's size is not known");
  tflite::Conv3DOptionsT options;
  options.padding = sliding.padding;
  options.stride_d = clamp_int32(sliding.stride[0]);
  options.stride_h = clamp_int32(sliding.stride[1]);
  options.stride_w = clamp_int32(sliding.stride[2]);
  options.dilation_d_factor = clamp_int32(sliding.dilation[0]);
  options.dilation_h_factor = clamp_int32(sliding.dilation[1]);
  options.dilation_w_factor = clamp_int32(sliding.dilation[2]);
  const Dims dims = slid_dims(x, std::span(*size).first(3), sliding, kernel.dim(-1));
  return to.emit(BuiltinOperator::CONV_3D, std::move(options), {x, kernel, zeros(to, (*size)[4])}, {x.dtype, dims});
}

}  // namespace kelt::lower
