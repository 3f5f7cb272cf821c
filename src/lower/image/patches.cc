// lower/image/patches.cc — keras.ops.image.extract_patches, extract_patches_3d → a convolution with the unit matrix.

#include "lower/arguments.h"
#include "lower/image/layout.h"
#include "lower/image/lowerings.h"
#include "lower/ops.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

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
  const auto channels = x.dim(-1).value();
  if (!channels) return refuse("its channels are not known", "Give the input a fixed number of channels");
  int64_t out = *channels;
  for (const int64_t length : size) out *= length;
  std::vector<float> unit(static_cast<size_t>(out * out), 0.0F);
  for (int64_t i = 0; i < out; ++i) unit[static_cast<size_t>(i * out + i)] = 1;
  std::vector<int64_t> shape = size;
  shape.insert(shape.end(), {*channels, out});
  const Value kernel = to.constant(array_from<float>(shape, unit));
  KELT_ASSIGN_OR_RETURN(const Value patches, spatial == 2 ? convolve(to, x, kernel, sliding) : convolve_3d(to, x, kernel, sliding));
  KELT_ASSIGN_OR_RETURN(const Value y, layout.restore(to, patches));
  return to.bind(node, cast(to, y, images.dtype));
}

}  // namespace

Result<void> lower_extract_patches(const graph::Node& node, Lowering& to) { return lower_patches(node, to, "images", 2); }
Result<void> lower_extract_patches_3d(const graph::Node& node, Lowering& to) { return lower_patches(node, to, "volumes", 3); }

}  // namespace kelt::lower
