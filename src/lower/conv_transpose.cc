// lower/conv_transpose.cc — keras.ops.conv_transpose → TRANSPOSE_CONV, CONV_3D_TRANSPOSE.
//
// Each input element adds its kernel to the output at stride × its place; Keras then takes elements off, or adds zeros, at both
// ends (keras.src.backend.common.backend_utils). LiteRT works out the same cut from the output's size where it can; else the
// whole is computed and sliced. TRANSPOSE_CONV makes its output dynamic where a size is not a number, and libLiteRt with XNNPACK
// then writes beyond it: there the forms of lower/subpixel.h and lower/spread.h stand for it.

#include <algorithm>

#include "lower/lowerings.h"
#include "lower/sliding.h"
#include "lower/spread.h"
#include "lower/subpixel.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// What the runtime does under SAME and under VALID, for an output of the cut's length.
bool is_same(const Cut& cut) {
  return cut.kept() >= 1 && cut.kept() <= cut.stride && cut.front == std::max<int64_t>(0, cut.reach - cut.kept()) / 2;
}
bool is_valid(const Cut& cut) { return cut.front == 0 && cut.back <= 0 && -cut.back < cut.stride; }

Cut keras_cut(int64_t size, int64_t stride, int64_t dilation, tflite::Padding padding, std::optional<int64_t> output_padding) {
  const int64_t reach = (size - 1) * dilation + 1;
  if (padding == tflite::Padding::VALID) {
    return {.reach = reach, .stride = stride, .front = 0, .back = -output_padding.value_or(std::max(reach, stride) - reach)};
  }
  const int64_t total = output_padding ? reach + reach % 2 - 2 + *output_padding : stride + reach - 2;
  const int64_t left = std::min(total / 2 + total % 2, reach - 1);
  return {.reach = reach, .stride = stride, .front = reach - 1 - left, .back = reach - 1 - (total - left)};
}

Result<Value> dilate_constant(Lowering& to, const Array& kernel, const std::vector<int64_t>& dilation) {
  KELT_ASSIGN_OR_RETURN(const std::vector<float> values, read_as<float>(kernel));
  Shape shape = kernel.shape;
  int64_t size = 1;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis < dilation.size()) shape[axis] = (shape[axis] - 1) * dilation[axis] + 1;
    size *= shape[axis];
  }
  std::vector<float> wide(static_cast<size_t>(size), 0.0F);
  for (size_t from = 0; from < values.size(); ++from) {
    int64_t rest = static_cast<int64_t>(from), at = 0, step = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
      const int64_t factor = axis < dilation.size() ? dilation[axis] : 1;
      at += rest % kernel.shape[axis] * factor * step;
      rest /= kernel.shape[axis];
      step *= shape[axis];
    }
    wide[static_cast<size_t>(at)] = values[from];
  }
  return to.constant(array_from<float>(shape, wide));
}

// The kernel with dilation - 1 zeros between its taps: the runtime's operators have no dilation.
Result<Value> dilate(Lowering& to, const Value& kernel, const std::vector<int64_t>& dilation) {
  if (std::all_of(dilation.begin(), dilation.end(), [](int64_t factor) { return factor == 1; })) return kernel;
  if (const auto weights = to.constant_of(kernel)) return dilate_constant(to, *weights, dilation);
  Value wide = kernel;
  for (size_t axis = 0; axis < dilation.size(); ++axis) {
    // [.., k, rest] → [.., k, 1, rest] → zeros behind each tap → [.., k·dilation, rest] → without the last zeros
    Dims apart = wide.dims;
    apart.insert(apart.begin() + static_cast<std::ptrdiff_t>(axis) + 1, Dim(1));
    KELT_ASSIGN_OR_RETURN(const Value taps, reshape(to, wide, apart));
    std::vector<Padding> behind(apart.size());
    behind[axis + 1].after = dilation[axis] - 1;
    Dims joined = wide.dims;
    joined[axis] = joined[axis] * Dim(dilation[axis]);
    KELT_ASSIGN_OR_RETURN(const Value spread, reshape(to, pad(to, taps, behind), joined));
    joined[axis] = joined[axis] - Dim(dilation[axis] - 1);
    wide = slice(to, spread, std::vector<int64_t>(joined.size(), 0), joined);
  }
  return wide;
}

// `kernel` is [.., out, in], with two or three spatial dims in front.
Result<Value> emit_transposed(Lowering& to, const Value& x, const Value& kernel, tflite::Padding padding, const std::vector<Cut>& cuts) {
  Dims dims = {x.dim(0)};
  for (size_t i = 0; i < cuts.size(); ++i) dims.push_back(cuts[i].length(x.dims[i + 1]));
  dims.push_back(kernel.dim(-2));
  const auto out = kernel.dim(-2).value();
  if (!out) return reject("its channels are not known");
  KELT_ASSIGN_OR_RETURN(const Value shape, to.shape_value(dims));
  if (cuts.size() == 2) {
    tflite::TransposeConvOptionsT options;
    options.padding = padding;
    options.stride_h = clamp_int32(cuts[0].stride);
    options.stride_w = clamp_int32(cuts[1].stride);
    const Value filter = transpose(to, kernel, std::vector<int>{2, 0, 1, 3});
    return to.emit(BuiltinOperator::TRANSPOSE_CONV, std::move(options), {shape, filter, x, zeros(to, *out)}, {x.dtype, dims});
  }
  tflite::Conv3DOptionsT options;
  options.padding = padding;
  options.stride_d = clamp_int32(cuts[0].stride);
  options.stride_h = clamp_int32(cuts[1].stride);
  options.stride_w = clamp_int32(cuts[2].stride);
  return to.emit(BuiltinOperator::CONV_3D_TRANSPOSE, std::move(options), {shape, kernel, x, zeros(to, *out)}, {x.dtype, dims});
}

Result<Value> convolve_transposed(Lowering& to, const Value& x, const Value& kernel, const std::vector<Cut>& cuts) {
  using enum tflite::Padding;
  if (!all_static(x.dims)) {
    KELT_ASSIGN_OR_RETURN(const std::optional<Value> y, convolve_subpixel(to, x, kernel, cuts));
    if (y) return *y;
    if (cuts.size() == 2) return convolve_spread(to, x, kernel, cuts);
  }
  if (std::all_of(cuts.begin(), cuts.end(), is_valid)) return emit_transposed(to, x, kernel, VALID, cuts);
  if (std::all_of(cuts.begin(), cuts.end(), is_same)) return emit_transposed(to, x, kernel, SAME, cuts);
  // The whole, with the zeros that the back may add, then the cut.
  std::vector<Cut> whole = cuts;
  std::vector<int64_t> begin(cuts.size() + 2, 0);
  std::vector<Padding> more(cuts.size() + 2);
  Dims size = {x.dim(0)};
  for (size_t i = 0; i < cuts.size(); ++i) {
    whole[i].front = whole[i].back = 0;
    begin[i + 1] = cuts[i].front;
    more[i + 1].after = std::max<int64_t>(0, -cuts[i].back);
    size.push_back(cuts[i].length(x.dims[i + 1]));
  }
  size.push_back(kernel.dim(-2));
  KELT_ASSIGN_OR_RETURN(const Value all, emit_transposed(to, x, kernel, VALID, whole));
  const Value wide = pad(to, all, more);
  if (all_static(Dims(size.begin() + 1, size.end()))) return slice(to, wide, begin, size);
  KELT_ASSIGN_OR_RETURN(const Value lengths, to.shape_value(size));
  const Value start = to.ints(std::vector<int32_t>(begin.begin(), begin.end()));
  return to.emit(BuiltinOperator::SLICE, tflite::SliceOptionsT{}, {wide, start, lengths}, {x.dtype, size});
}

}  // namespace

Result<void> lower_conv_transpose(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value inputs = args.tensor("inputs");
  const Value kernel = args.tensor("kernel");
  const size_t spatial = spatial_rank(inputs);
  const Sliding sliding = read_sliding(args, spatial);
  std::optional<std::vector<int64_t>> output_padding;
  if (args.optional_integers("output_padding")) output_padding = args.repeated("output_padding", spatial);
  KELT_RETURN_IF_ERROR(args.finish());

  std::vector<Cut> cuts;
  for (size_t i = 0; i < spatial; ++i) {
    const auto size = kernel.dims[i].value();
    if (!size) return reject("its kernel's size is not known");
    const auto more = output_padding ? std::optional((*output_padding)[i]) : std::nullopt;
    cuts.push_back(keras_cut(*size, sliding.stride[i], sliding.dilation[i], sliding.padding, more));
  }
  const Value x = channels_last(to, cast(to, inputs, DType::kFloat32), sliding.channels_first);
  KELT_ASSIGN_OR_RETURN(Value taps, dilate(to, cast(to, kernel, DType::kFloat32), sliding.dilation));
  Value y;
  if (spatial == 1) {
    cuts.insert(cuts.begin(), Cut{});
    KELT_ASSIGN_OR_RETURN(const Value image, expand_dims(to, x, 1));
    KELT_ASSIGN_OR_RETURN(const Value filter, expand_dims(to, taps, 0));
    KELT_ASSIGN_OR_RETURN(const Value row, convolve_transposed(to, image, filter, cuts));
    KELT_ASSIGN_OR_RETURN(y, squeeze(to, row, std::vector<int>{1}));
  } else {
    KELT_ASSIGN_OR_RETURN(y, convolve_transposed(to, x, taps, cuts));
  }
  return to.bind(node, wrap_around(to, restore_layout(to, y, sliding.channels_first), inputs.dtype));
}

}  // namespace kelt::lower
