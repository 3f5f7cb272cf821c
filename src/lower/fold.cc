// lower/fold.cc — keras.ops.unfold → strided slices side by side; fold → SCATTER_ND, which adds where windows overlap.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// A window over height and width.
struct Window {
  std::vector<int64_t> size, dilation, padding, stride;

  [[nodiscard]] int64_t reach(size_t axis) const { return dilation[axis] * (size[axis] - 1) + 1; }
  [[nodiscard]] Dim count(size_t axis, const Dim& length) const {
    return Dim::floor_div(length + Dim(2 * padding[axis] - reach(axis)), Dim(stride[axis])) + Dim(1);
  }
};

Window read_window(Arguments& args) {
  return {args.repeated("kernel_size", 2), args.repeated("dilation", 2), args.repeated("padding", 2), args.repeated("stride", 2)};
}

}  // namespace

// [n, c, h, w] → [n, c × kernel, windows]
Result<void> lower_unfold(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value given = args.tensor("x");
  const Window window = read_window(args);
  KELT_RETURN_IF_ERROR(args.finish());
  std::vector<Padding> padding(4);
  for (size_t axis = 0; axis < 2; ++axis) padding[axis + 2] = {window.padding[axis], window.padding[axis]};
  const Value x = pad(to, given, padding);
  const std::vector<Dim> counts = {window.count(0, given.dims[2]), window.count(1, given.dims[3])};
  std::vector<Value> parts;
  for (int64_t row = 0; row < window.size[0]; ++row) {
    for (int64_t column = 0; column < window.size[1]; ++column) {
      const std::vector<int64_t> at = {row * window.dilation[0], column * window.dilation[1]};
      std::vector<Range> ranges = {whole(x.dims[0]), whole(x.dims[1])};
      for (size_t axis = 0; axis < 2; ++axis) {
        // Up to where the last element that any window needs at this place can lie.
        const int64_t rest = window.reach(axis) - 1 - at[axis];
        const Bound end = rest == 0 ? Bound(Open{}) : Bound(-rest);
        ranges.push_back({.begin = at[axis], .end = end, .stride = window.stride[axis], .length = counts[axis]});
      }
      KELT_ASSIGN_OR_RETURN(const Value part, strided_slice(to, x, ranges));
      KELT_ASSIGN_OR_RETURN(const Value row_of_windows, reshape(to, part, {x.dims[0], x.dims[1], Dim(1), counts[0] * counts[1]}));
      parts.push_back(row_of_windows);
    }
  }
  const Value all = concatenate(to, parts, 2);
  KELT_ASSIGN_OR_RETURN(const Value y, reshape(to, all, {x.dims[0], x.dims[1] * all.dims[2], counts[0] * counts[1]}));
  return to.bind(node, y);
}

// [n, c × kernel, windows] → [n, c, h, w]
Result<void> lower_fold(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const std::vector<int64_t> size = args.repeated("output_size", 2);
  const Window window = read_window(args);
  KELT_RETURN_IF_ERROR(args.finish());
  const int64_t kernel = window.size[0] * window.size[1];
  const auto channels_kernel = x.dims[1].value();
  if (!channels_kernel) return reject("has an unknown number of channels", "Give the input a fixed size there with input_signature=");
  const Dim channels(*channels_kernel / kernel);
  const std::vector<int64_t> padded = {size[0] + 2 * window.padding[0], size[1] + 2 * window.padding[1]};
  const auto rows = *window.count(0, Dim(size[0])).value();
  const auto columns = *window.count(1, Dim(size[1])).value();
  std::vector<int32_t> places;
  for (int64_t tap = 0; tap < kernel; ++tap) {
    for (int64_t spot = 0; spot < rows * columns; ++spot) {
      const int64_t row = spot / columns * window.stride[0] + tap / window.size[1] * window.dilation[0];
      const int64_t column = spot % columns * window.stride[1] + tap % window.size[1] * window.dilation[1];
      places.push_back(clamp_int32(row * padded[1] + column));
    }
  }
  const auto count = static_cast<int64_t>(places.size());
  KELT_ASSIGN_OR_RETURN(const Value flat, reshape(to, x, {x.dims[0] * channels, Dim(count)}));
  const Value spots = transpose(to, flat, std::vector<int>{1, 0});
  const Value indices = to.constant(array_from<int32_t>({count, 1}, places));
  const Dims dims = {Dim(padded[0] * padded[1]), x.dims[0] * channels};
  KELT_ASSIGN_OR_RETURN(const Value shape, to.shape_value(dims));
  const Value sums = to.emit(BuiltinOperator::SCATTER_ND, tflite::ScatterNdOptionsT{}, {indices, spots, shape}, {x.dtype, dims});
  const Value images = transpose(to, sums, std::vector<int>{1, 0});
  KELT_ASSIGN_OR_RETURN(Value y, reshape(to, images, {x.dims[0], channels, Dim(padded[0]), Dim(padded[1])}));
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t edge = window.padding[axis];
    KELT_ASSIGN_OR_RETURN(y, slice_axis(to, y, static_cast<int>(axis) + 2, edge, edge + size[axis], Dim(size[axis])));
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
