#include "quantize/forms.h"

#include <algorithm>

namespace kelt::quantize {
namespace {

using Op = litert::BuiltinOperator;

constexpr Form kForms[] = {
    {Op::FULLY_CONNECTED, 1, 0, true, true},
    {Op::CONV_2D, 1, 0, true},
    {Op::DEPTHWISE_CONV_2D, 1, 3},
    {Op::TRANSPOSE_CONV, 1, 0},
    {Op::BATCH_MATMUL, 1, -1},
};

// Blocks along the rows of a matrix.
bool runs_in_blocks(const Quantized& weights) {
  const Shape blocks = block_shape(weights);
  return blocks.size() == 2 && blocks[0] == 1 && is_block_length(blocks[1]) && weights.values.shape[0] >= kFewestRowsInBlocks;
}

}  // namespace

bool is_block_length(int64_t length) { return length == 32 || length == 64 || length == 128; }

std::span<const Form> forms() { return kForms; }

const Form* form_of(litert::BuiltinOperator op) {
  const auto* const found = std::ranges::find(kForms, op, &Form::op);
  return found == std::end(kForms) ? nullptr : found;
}

Result<bool> takes(const Form& form, const Quantized& weights) {
  if (weights.values.shape.empty()) return false;
  const int last = static_cast<int>(weights.values.shape.size()) - 1;
  const bool eight = weights.bits == 8;
  const bool four = weights.bits == 4 && form.four && weights.values.shape.back() % 2 == 0;  // a row begins with a byte
  const auto axis = channel_axis(weights);
  const bool along = axis && (*axis == -1 || *axis == (form.axis < 0 ? last : form.axis));
  if (!(along && (eight || four)) && !(form.blocks && four && runs_in_blocks(weights))) return false;
  return is_symmetric(weights);
}

}  // namespace kelt::quantize
