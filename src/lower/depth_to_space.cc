// lower/depth_to_space.cc — keras.ops.depth_to_space, space_to_depth → DEPTH_TO_SPACE, SPACE_TO_DEPTH.
//
// LiteRT counts the places of a block before the channels, as Keras does for channels_last; for channels_first Keras counts the
// channels first, so they are reordered.

#include "lower/lowerings.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// x with axis 1, `outer` × `inner` elements, ordered by inner × outer.
Value swap_channel_order(Emitter& to, const Value& x, int64_t outer, int64_t inner) {
  std::vector<int32_t> order;
  for (int64_t i = 0; i < inner; ++i) {
    for (int64_t j = 0; j < outer; ++j) order.push_back(clamp_int32(j * inner + i));
  }
  return gather(to, x, to.ints(order), 1);
}

struct Blocks {
  Value x;
  int64_t size = 1, channels = 0;
  bool channels_first = false;
};

Result<Blocks> read_blocks(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t size = args.integer("block_size");
  const bool channels_first = read_channels_first(args);
  KELT_RETURN_IF_ERROR(args.finish());
  const auto channels = x.dim(channels_first ? 1 : 3).value();
  if (!channels) return reject("its channels are not known", "Give the input a fixed number of channels");
  return Blocks{x, size, *channels, channels_first};
}

}  // namespace

Result<void> lower_depth_to_space(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Blocks blocks, read_blocks(node, to));
  const int64_t area = blocks.size * blocks.size;
  const int64_t channels = blocks.channels / area;
  const Value ordered = blocks.channels_first ? swap_channel_order(to, blocks.x, channels, area) : blocks.x;
  const Value x = operand(to, BuiltinOperator::DEPTH_TO_SPACE, channels_last(to, ordered, blocks.channels_first));
  tflite::DepthToSpaceOptionsT options;
  options.block_size = clamp_int32(blocks.size);
  const Dims dims = {x.dim(0), x.dim(1) * Dim(blocks.size), x.dim(2) * Dim(blocks.size), Dim(channels)};
  const Value y = to.emit(BuiltinOperator::DEPTH_TO_SPACE, std::move(options), {x}, {x.dtype, dims});
  return to.bind(node, cast(to, restore_layout(to, y, blocks.channels_first), blocks.x.dtype));
}

Result<void> lower_space_to_depth(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Blocks blocks, read_blocks(node, to));
  const int64_t area = blocks.size * blocks.size;
  const Value x = operand(to, BuiltinOperator::SPACE_TO_DEPTH, channels_last(to, blocks.x, blocks.channels_first));
  tflite::SpaceToDepthOptionsT options;
  options.block_size = clamp_int32(blocks.size);
  const Dims dims = {x.dim(0), Dim::floor_div(x.dim(1), Dim(blocks.size)), Dim::floor_div(x.dim(2), Dim(blocks.size)),
                     Dim(blocks.channels * area)};
  const Value y =
      restore_layout(to, to.emit(BuiltinOperator::SPACE_TO_DEPTH, std::move(options), {x}, {x.dtype, dims}), blocks.channels_first);
  const Value ordered = blocks.channels_first ? swap_channel_order(to, y, area, blocks.channels) : y;
  return to.bind(node, cast(to, ordered, blocks.x.dtype));
}

}  // namespace kelt::lower
