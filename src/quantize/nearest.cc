#include "quantize/nearest.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;

Decision instead(Decision decision, Form form, std::string why) {
  decision.form = form;
  if (decision.why.empty()) decision.why = std::move(why);
  return decision;
}

}  // namespace

Decision nearest(const Kernel& kernel, const Shape& shape, Decision decision) {
  const std::string op = tflite::EnumNameBuiltinOperator(kernel.op);
  const auto eight = [](Form form) {
    form.bits = 8;
    form.block = 0;
    return form;
  };
  const int64_t row = shape.back();
  const bool rows = shape.size() == 2 && shape[0] >= kFewestRowsInBlocks;
  if (decision.form.block != 0 && (!kernel.blocks || !rows || row % decision.form.block != 0)) {
    Form by_channel = decision.form;
    by_channel.block = 0;
    decision = instead(decision, by_channel,
                       kernel.blocks ? "its rows of " + std::to_string(row) + " are no whole blocks" : op + " has no kernel for blocks");
  }
  const bool is_static = decision.form.kind == Kind::kStatic;
  if (decision.form.bits == 4 && decision.form.kind != Kind::kWeights) {
    if (!kernel.four || kernel.op != BuiltinOperator::FULLY_CONNECTED) {
      return instead(decision, eight(decision.form), "XNNPACK has no kernel for " + op + " with 4-bit weights");
    }
    if (row % 2 != 0) return instead(decision, eight(decision.form), "XNNPACK wants rows of an even length, not of " + std::to_string(row));
  }
  if (decision.form.bits == 2) {
    if (!kernel.two || is_static) return instead(decision, eight(decision.form), "only FULLY_CONNECTED takes 2-bit weights beside floats");
    if (row % 4 != 0 || decision.form.per_tensor) {
      return instead(decision, eight(decision.form), "XNNPACK takes 2-bit weights by channels, in rows of a multiple of 4");
    }
  }
  if (decision.form.per_tensor && kernel.op == BuiltinOperator::DEPTHWISE_CONV_2D && !is_static && decision.form.kind != Kind::kWeights) {
    decision.form.per_tensor = false;
  }
  return decision;
}

}  // namespace kelt::quantize
