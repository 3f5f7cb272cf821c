// Rules of operators whose activations are integers.

#include <algorithm>
#include <array>
#include <cmath>

#include "litert/op_info.h"
#include "litert/schema_text.h"
#include "litert/text_values.h"
#include "quantize/integer_ops.h"
#include "quantize/validate_rules.h"

namespace kelt::quantize {
namespace {

using Op = litert::BuiltinOperator;
using litert::Tensor;
using litert::TensorType;
using litert::rules::is;
using enum TensorType;

// Compute on integers as numbers, or reject them: a scale means nothing to them.
constexpr Op kPlainIntegers[] = {Op::SQUARE, Op::SIN,  Op::COS,       Op::FLOOR,     Op::CEIL,
                                 Op::ROUND,  Op::SIGN, Op::FLOOR_DIV, Op::FLOOR_MOD, Op::REDUCE_PROD};

// All tensors of the operator whose integers have a scale, weights and bias aside.
std::vector<const Tensor*> activations(const Site& site) {
  const WeightedOp* const weighted = weighted_op(site.op().code);
  std::vector<const Tensor*> found;
  const auto add = [&](const Tensor* tensor) {
    if (is_activation(tensor)) found.push_back(tensor);
  };
  for (size_t i = 0; i < site.op().inputs.size(); ++i) {
    if (weighted == nullptr || i == weighted->input) add(site.view.in(i));
  }
  for (size_t i = 0; i < site.op().outputs.size(); ++i) add(site.view.out(i));
  return found;
}

bool is_power_of_two(const Tensor* tensor) {
  if (!is_activation(tensor)) return false;
  int exponent = 0;
  return std::frexp(tensor->quantization.scale[0], &exponent) == 0.5F;
}

// Where the first operand with values stands, behind an axis or a condition.
size_t first_of(Op op) { return op == Op::SPLIT || op == Op::SELECT || op == Op::SELECT_V2 ? 1 : 0; }

std::string scale_text(const Tensor& tensor) {
  const int64_t zero = tensor.quantization.zero_point.empty() ? 0 : tensor.quantization.zero_point[0];
  char text[64];
  std::snprintf(text, sizeof text, "%g (zero point %lld)", static_cast<double>(tensor.quantization.scale[0]), static_cast<long long>(zero));
  return text;
}

}  // namespace

void check_activation_types(const Site& site) {
  if (integer_op(site.op().code) == nullptr) return;
  const WeightedOp* const weighted = weighted_op(site.op().code);
  const Tensor* const first = site.view.in(weighted == nullptr ? first_of(site.op().code) : weighted->input);
  const Tensor* const output = site.view.out(0);
  if (first == nullptr || output == nullptr || is_activation(first) == is_activation(output)) {
    if (!is_activation(first) || !is_activation(output) || first->type == output->type) return;
  }
  site.fault(output, "it gives " + litert::type_name(output->type) + " from " + litert::type_name(first->type),
             "Keep one type, and put a QUANTIZE or DEQUANTIZE in between");
}

void check_kernel(const Site& site) {
  const Op op = site.op().code;
  const std::vector<const Tensor*> found = activations(site);
  if (found.empty() || is<UINT8>(found[0])) return;
  const bool wide = is<INT16>(found[0]);
  const IntegerOp* const line = integer_op(op);
  const bool none =
      line == nullptr ? std::ranges::find(kPlainIntegers, op) != std::end(kPlainIntegers) : (wide ? line->int16 : line->int8) == Runs::kNot;
  if (none) {
    site.fault(found[0], "the runtime has no kernel for it on " + std::string(wide ? "int16" : "int8") + " with a scale",
               "Leave it in float");
  } else if (op == Op::NEG && (found[0]->quantization.zero_point != std::vector<int64_t>{0})) {
    site.fault(found[0], "the kernel of NEG ignores the zero point", "Leave it in float");
  }
}

void check_same_scale(const Site& site) {
  const IntegerOp* const line = integer_op(site.op().code);
  if (line == nullptr || line->scales != Scales::kSame) return;
  const std::vector<const Tensor*> found = activations(site);
  for (const Tensor* const tensor : found) {
    const auto &one = found[0]->quantization, &other = tensor->quantization;
    if (one.scale == other.scale && one.zero_point == other.zero_point) continue;
    site.fault(tensor,
               "its scale is " + scale_text(*tensor) + ", that of " + found[0]->name + " " + scale_text(*found[0]) +
                   ": the kernel takes them for one",
               "Give both the same range, or put a QUANTIZE in between");
    return;
  }
}

void check_fixed_scale(const Site& site) {
  constexpr double kTolerance = 1e-4;
  const IntegerOp* const line = integer_op(site.op().code);
  const Tensor* const output = site.view.out(0);
  if (line == nullptr || line->scales != Scales::kFixed || !is<INT8, INT16>(output) || !is_activation(output)) return;
  const FixedScale fixed = is<INT8>(output) ? line->fixed8 : line->fixed16;
  if (fixed.scale == 0) return;  // there is no such kernel
  const double scale = static_cast<double>(output->quantization.scale[0]), wanted = static_cast<double>(fixed.scale);
  if (std::abs(scale - wanted) <= kTolerance * wanted && output->quantization.zero_point == std::vector{fixed.zero_point}) return;
  Tensor right;
  right.quantization.scale = {fixed.scale};
  right.quantization.zero_point = {fixed.zero_point};
  site.fault(output, "its scale is " + scale_text(*output) + ", and the kernel gives " + scale_text(right), "Write that scale");
}

void check_power_of_two(const Site& site) {
  const auto* const add = site.op().options.AsAddOptions();
  const auto* const sub = site.op().options.AsSubOptions();
  const bool on = add != nullptr ? add->pot_scale_int16 : sub != nullptr && sub->pot_scale_int16;
  if (!on || !is<INT16>(site.view.in(0))) return;
  if (!is_power_of_two(site.view.in(0)) || !is_power_of_two(site.view.in(1)) || !is_power_of_two(site.view.out(0))) return;
  site.fault(site.view.out(0),
             "all scales are powers of two and pot_scale_int16 is on: the runtime takes an old kernel, which rejects most",
             "Write pot_scale_int16: false");
}

}  // namespace kelt::quantize
