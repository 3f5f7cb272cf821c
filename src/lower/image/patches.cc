// lower/image/patches.cc — keras.ops.image.extract_patches, extract_patches_3d → a convolution with the unit matrix.
//
// Square patches side by side, as vision transformers take them, are SPACE_TO_DEPTH, which moves and multiplies nothing.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/image/layout.h"
#include "lower/image/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

// What a window of `size` leaves out at the end, or adds at both ends, of an axis of `length`.
Padding remainder(int64_t length, int64_t size, tflite::Padding padding) {
  if (padding == tflite::Padding::VALID) return {.before = 0, .after = -(length % size)};
  const int64_t missing = (size - length % size) % size;
  return {.before = missing / 2, .after = missing - missing / 2};
}

bool side_by_side(const Value& x, const std::vector<int64_t>& size, const Sliding& sliding) {
  return size.size() == 2 && size[0] == size[1] && size[0] > 1 && sliding.stride == size &&
         sliding.dilation == std::vector<int64_t>{1, 1} && all_static({x.dim(1), x.dim(2)});
}

Value in_blocks(Lowering& to, const Value& x, int64_t size, tflite::Padding padding) {
  const Padding rows = remainder(*x.dim(1).value(), size, padding);
  const Padding columns = remainder(*x.dim(2).value(), size, padding);
  const Dim height = x.dim(1) + Dim(rows.before + rows.after);
  const Dim width = x.dim(2) + Dim(columns.before + columns.after);
  Value whole = x;
  if (padding == tflite::Padding::SAME) {
    whole = pad(to, x, std::vector<Padding>{{}, rows, columns, {}});
  } else if (rows.after != 0 || columns.after != 0) {
    whole = slice(to, x, std::vector<int64_t>(4, 0), {x.dim(0), height, width, x.dim(3)});
  }
  tflite::SpaceToDepthOptionsT options;
  options.block_size = clamp_int32(size);
  const Dims dims = {x.dim(0), Dim::floor_div(height, Dim(size)), Dim::floor_div(width, Dim(size)), x.dim(3) * Dim(size * size)};
  return to.emit(litert::BuiltinOperator::SPACE_TO_DEPTH, std::move(options), {whole}, {x.dtype, dims});
}

Result<Value> by_unit_matrix(Lowering& to, const Value& x, const std::vector<int64_t>& size, const Sliding& sliding) {
  const int64_t channels = *x.dim(-1).value();
  int64_t out = channels;
  for (const int64_t length : size) out *= length;
  std::vector<float> unit(static_cast<size_t>(out * out), 0.0F);
  for (int64_t i = 0; i < out; ++i) unit[static_cast<size_t>(i * out + i)] = 1;
  std::vector<int64_t> shape = size;
  shape.insert(shape.end(), {channels, out});
  const Value kernel = to.constant(array_from<float>(shape, unit));
  return size.size() == 2 ? convolve(to, x, kernel, sliding) : convolve_3d(to, x, kernel, sliding);
}

Result<void> lower_patches(const graph::Node& node, Lowering& to, const char* operand, size_t spatial) {
  Arguments args(node, to);
  const Value images = args.tensor(operand);
  const std::vector<int64_t> size = args.repeated("size", spatial);
  Sliding sliding{.stride = size,
                  .dilation = args.repeated("dilation_rate", spatial),
                  .padding = read_padding(args),
                  .channels_first = read_channels_first(args)};
  if (args.optional_integers("strides")) sliding.stride = args.repeated("strides", spatial);
  KELT_RETURN_IF_ERROR(args.finish());

  const ImageLayout layout = image_layout(images, sliding.channels_first, static_cast<int>(spatial) + 1);
  KELT_ASSIGN_OR_RETURN(const Value x, layout.batch(to, images));
  if (!x.dim(-1).is_static()) return reject("its channels are not known", "Give the input a fixed number of channels");
  Value patches;
  if (side_by_side(x, size, sliding)) {
    patches = in_blocks(to, x, size[0], sliding.padding);
  } else {
    KELT_ASSIGN_OR_RETURN(patches, by_unit_matrix(to, x, size, sliding));
  }
  KELT_ASSIGN_OR_RETURN(const Value y, layout.restore(to, patches));
  return to.bind(node, cast(to, y, images.dtype));
}

}  // namespace

Result<void> lower_extract_patches(const graph::Node& node, Lowering& to) { return lower_patches(node, to, "images", 2); }
Result<void> lower_extract_patches_3d(const graph::Node& node, Lowering& to) { return lower_patches(node, to, "volumes", 3); }

}  // namespace kelt::lower
