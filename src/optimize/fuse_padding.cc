// optimize/fuse_padding.cc — PAD with zeros, then a VALID convolution → the convolution with SAME padding, where SAME pads
// exactly as many rows and columns at each side.

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using tflite::Padding;

struct Window {
  Padding* padding;
  int64_t stride[2];  // height, width
  int64_t dilation[2];
};

std::optional<Window> window(litert::Operator& op) {
  if (auto* conv = op.options.AsConv2DOptions()) {
    return Window{&conv->padding, {conv->stride_h, conv->stride_w}, {conv->dilation_h_factor, conv->dilation_w_factor}};
  }
  if (auto* depthwise = op.options.AsDepthwiseConv2DOptions()) {
    return Window{
        &depthwise->padding, {depthwise->stride_h, depthwise->stride_w}, {depthwise->dilation_h_factor, depthwise->dilation_w_factor}};
  }
  return std::nullopt;
}

// Whether SAME adds `before` and `after` to an axis of this size. With stride 1 it does not depend on the size.
bool same_pads(const Dim& size, int64_t stride, int64_t extent, int64_t before, int64_t after) {
  int64_t total = extent - 1;
  if (stride != 1) {
    if (!size.is_static()) return false;
    const int64_t length = *size.value();
    total = std::max<int64_t>(((length + stride - 1) / stride - 1) * stride + extent - length, 0);
  }
  return before == total / 2 && after == total - total / 2;
}

Result<void> fuse_padding_at(Rewriter& in, OperatorId id) {
  const std::optional<Window> conv = window(in.at(id));
  if (!conv || *conv->padding != Padding::VALID) return {};
  const litert::TensorId padded = in.at(id).inputs[0];
  const OperatorId pad = in.producer(padded, BuiltinOperator::PAD);
  if (pad == kNoOperator || in.only_consumer(padded) != id) return {};
  if (!litert::same_values(in.tensor(in.at(pad).inputs[0]), in.tensor(padded))) return {};
  const Array* table = in.constant(in.at(pad).inputs[1]);
  const Array* kernel = in.constant(in.at(id).inputs[1]);
  if (table == nullptr || kernel == nullptr || table->count() != 8) return {};
  KELT_ASSIGN_OR_RETURN(const std::vector<int64_t> counts, read_as<int64_t>(*table));
  if (counts[0] != 0 || counts[1] != 0 || counts[6] != 0 || counts[7] != 0) return {};
  const Dims& dims = in.tensor(in.at(pad).inputs[0]).dims;
  for (const size_t axis : {0, 1}) {
    const int64_t extent = (kernel->shape[axis + 1] - 1) * conv->dilation[axis] + 1;
    if (!same_pads(dims[axis + 1], conv->stride[axis], extent, counts[2 * axis + 2], counts[2 * axis + 3])) return {};
  }
  *conv->padding = Padding::SAME;
  in.set_input(id, 0, in.at(pad).inputs[0]);
  in.erase(pad);
  return {};
}

}  // namespace

Result<bool> fuse_padding(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, fuse_padding_at); }

}  // namespace kelt::optimize
