#include "quantize/sme2.h"

#include <algorithm>

#include "litert/op_info.h"
#include "litert/op_rules.h"
#include "quantize/validate_rules.h"

namespace kelt::quantize {
namespace {

using Op = litert::BuiltinOperator;
using litert::Operator;
using litert::Subgraph;
using litert::Tensor;
using litert::TensorType;
using litert::rules::View;

enum class Act { kFloat, kHalf, kInt8, kInt16, kOther };
enum class Weight { kFloat, kHalf, kHalfItself, kInt8, kInt4, kInt2, kUnpacked8, kUnpackedFew, kComputed, kOther };
enum class Channels { kAny, kPer };

struct Row {
  Op op;
  Act input;
  Weight weights;
  Channels scales;
  Act output;
  bool pointwise;
  const char* says;
};

// clang-format off
constexpr Row kRows[] = {
    {Op::FULLY_CONNECTED, Act::kFloat, Weight::kFloat, Channels::kAny, Act::kFloat, false, "fp32 × fp32 → fp32"},
    {Op::FULLY_CONNECTED, Act::kFloat, Weight::kHalf, Channels::kAny, Act::kFloat, false, "fp32 × fp16 → fp32"},
    {Op::FULLY_CONNECTED, Act::kFloat, Weight::kInt8, Channels::kPer, Act::kFloat, false, "fp32 × int8 per channel → fp32"},
    {Op::FULLY_CONNECTED, Act::kInt8, Weight::kInt8, Channels::kPer, Act::kInt8, false, "int8 × int8 per channel → int8"},
    {Op::FULLY_CONNECTED, Act::kFloat, Weight::kInt4, Channels::kPer, Act::kFloat, false, "fp32 × int4 per channel → fp32"},
    {Op::BATCH_MATMUL, Act::kFloat, Weight::kFloat, Channels::kAny, Act::kFloat, false, "fp32 × fp32 → fp32"},
    {Op::BATCH_MATMUL, Act::kHalf, Weight::kHalfItself, Channels::kAny, Act::kHalf, false, "fp16 × fp16 → fp16"},
    {Op::BATCH_MATMUL, Act::kFloat, Weight::kInt8, Channels::kPer, Act::kFloat, false, "fp32 × int8 per channel → fp32"},
    {Op::CONV_2D, Act::kFloat, Weight::kFloat, Channels::kAny, Act::kFloat, true, "fp32 × fp32, pointwise → fp32"},
    {Op::CONV_2D, Act::kFloat, Weight::kHalf, Channels::kAny, Act::kFloat, true, "fp32 × fp16, pointwise → fp32"},
    {Op::CONV_2D, Act::kFloat, Weight::kInt8, Channels::kAny, Act::kFloat, false, "fp32 × int8 → fp32"},
    {Op::CONV_2D, Act::kInt8, Weight::kInt8, Channels::kAny, Act::kInt8, false, "int8 × int8 → int8"},
    {Op::TRANSPOSE_CONV, Act::kInt8, Weight::kInt8, Channels::kAny, Act::kInt8, false, "int8 × int8 → int8"},
};
// clang-format on

// What the table asks of an operator.
struct Traits {
  Act input = Act::kOther, output = Act::kOther;
  Weight weights = Weight::kOther;
  bool constant = false, per_channel = false, blocks = false, odd_rows = false;
  bool one_by_one = false, steps = false, groups = false;
  std::string fused;  // activation that XNNPACK doesn't fuse
};

struct Verdict {
  std::string row, why, recipe;
};

Act act_of(const Tensor* tensor) {
  if (tensor == nullptr) return Act::kOther;
  switch (tensor->type) {
    case TensorType::FLOAT32: return Act::kFloat;
    case TensorType::FLOAT16: return Act::kHalf;
    case TensorType::INT8: return is_activation(tensor) ? Act::kInt8 : Act::kOther;
    case TensorType::INT16: return is_activation(tensor) ? Act::kInt16 : Act::kOther;
    default: return Act::kOther;
  }
}

// The constant that a DEQUANTIZE makes floats of when the file is loaded; null where another operator computes the tensor.
const Tensor* unpacked_constant(const Subgraph& graph, litert::TensorId id) {
  for (const Operator& op : graph.operators) {
    if (op.code != Op::DEQUANTIZE || op.outputs.empty() || op.outputs[0] != id || op.inputs.empty() || op.inputs[0] < 0) continue;
    const Tensor& source = graph.tensors[static_cast<size_t>(op.inputs[0])];
    return source.constant ? &source : nullptr;
  }
  return nullptr;
}

Weight weight_of(const View& view, const Tensor& tensor, litert::TensorId id) {
  const bool product = view.op.code == Op::BATCH_MATMUL;
  if (!tensor.constant) {
    if (const Tensor* const source = unpacked_constant(view.graph, id)) {
      if (source->type == TensorType::FLOAT16) return product ? Weight::kFloat : Weight::kHalf;
      return source->type == TensorType::INT8 ? Weight::kUnpacked8 : Weight::kUnpackedFew;
    }
    if (!product) return Weight::kComputed;
  }
  switch (tensor.type) {
    case TensorType::FLOAT32: return Weight::kFloat;
    case TensorType::FLOAT16: return Weight::kHalfItself;
    case TensorType::INT8: return Weight::kInt8;
    case TensorType::INT4: return Weight::kInt4;
    case TensorType::INT2: return Weight::kInt2;
    default: return Weight::kOther;
  }
}

std::string unfused(tflite::ActivationFunctionType type) {
  using enum tflite::ActivationFunctionType;
  return type == TANH || type == SIGN_BIT ? EnumNameActivationFunctionType(type) : "";
}

bool has_scale_per_channel(const Tensor& weights, int axis) {
  const size_t at = axis < 0 ? weights.dims.size() - 1 : static_cast<size_t>(axis);
  const bool one = at < weights.dims.size() && weights.dims[at] == Dim(1);
  return weights.quantization.scale.size() > 1 || (one && weights.quantization.scale.size() == 1);
}

Traits traits_of(const View& view, const WeightedOp& line) {
  Traits form{.input = act_of(view.in(line.input)), .output = act_of(view.out(0))};
  const Tensor* const weights = view.in(line.weights);
  if (weights == nullptr) return form;
  form.weights = weight_of(view, *weights, view.op.inputs[line.weights]);
  form.constant = weights->constant.has_value();
  form.blocks = weights->quantization.details.type == tflite::QuantizationDetails::BlockwiseQuantization;
  form.per_channel = !weights->dims.empty() && has_scale_per_channel(*weights, line.axis);
  form.odd_rows = form.weights == Weight::kInt4 && !weights->dims.empty() && weights->dims.back().value().value_or(0) % 2 != 0;
  if (const auto* const connected = view.op.options.AsFullyConnectedOptions()) form.fused = unfused(connected->fused_activation_function);
  const auto* const conv = view.op.options.AsConv2DOptions();
  if (conv == nullptr || weights->dims.size() != 4) return form;
  const Tensor* const input = view.in(line.input);
  form.fused = unfused(conv->fused_activation_function);
  form.steps = conv->stride_w != 1 || conv->stride_h != 1;
  form.one_by_one = weights->dims[1] == Dim(1) && weights->dims[2] == Dim(1);
  form.groups = input != nullptr && input->dims.size() == 4 && input->dims[3] != weights->dims[3];
  return form;
}

// What keeps an operator out for any of the rows of its kind.
std::optional<Verdict> never(const Operator& op, const Traits& form) {
  if (op.code == Op::DEPTHWISE_CONV_2D) return Verdict{{}, "no row has depthwise convolutions", {}};
  if (form.groups) return Verdict{{}, "no row has convolutions in groups", {}};
  if (!form.fused.empty()) return Verdict{{}, "XNNPACK has no fused " + form.fused, {}};
  if (form.weights == Weight::kComputed) return Verdict{{}, "its weights are computed by the model", {}};
  return std::nullopt;
}

Verdict out_of_product(const Traits& form) {
  if (form.input == Act::kInt8 || form.input == Act::kInt16) {
    return {{}, "no row has products of integers", form.constant ? "int8-dynamic" : "float"};
  }
  if (form.weights == Weight::kInt8) {
    return {{}, form.constant ? "one scale stands for all channels" : "its right side is computed in integers", "int8-dynamic"};
  }
  return {{}, "no row has these types", form.constant ? "int8-dynamic" : "float"};
}

Verdict out_of_conv(const Traits& form) {
  if (form.weights == Weight::kInt4)
    return {{}, "int4 convolutions are run by builtin kernels", form.input == Act::kInt8 ? "int8-static" : "int8-dynamic"};
  if (form.input == Act::kFloat && form.weights != Weight::kInt2) {
    const std::string kernel = form.one_by_one ? "it takes steps: in float only pointwise convolutions of stride 1 are in a row"
                                               : "in float only pointwise convolutions are in a row";
    return {{}, kernel, "int8-dynamic"};
  }
  return {{}, "no row has these types", form.input == Act::kFloat ? "int8-dynamic" : "int8-static"};
}

Verdict out_of_connected(const Traits& form) {
  if (form.blocks) return {{}, "no row has weights in blocks", "int4"};
  if (form.weights == Weight::kInt4 && form.input == Act::kInt8)
    return {{}, "no row has int4 weights beside int8 activations", "int8-static"};
  if (form.weights == Weight::kInt4 && form.odd_rows) return {{}, "its rows are an odd number of int4", "int8-dynamic"};
  if (form.weights == Weight::kInt4) return {{}, "one scale stands for all channels", "int4"};
  if (form.weights == Weight::kInt2) return {{}, "no row has int2 weights", "int4"};
  if (form.weights == Weight::kUnpackedFew) return {{}, "XNNPACK doesn't take int4 that a DEQUANTIZE unpacks", "int4"};
  if (form.weights == Weight::kInt8)
    return {{}, "one scale stands for all channels", form.input == Act::kInt8 ? "int8-static" : "int8-dynamic"};
  return {{}, "no row has these types", form.input == Act::kHalf ? "fp16" : "int8-dynamic"};
}

Verdict verdict_of(const Operator& op, Traits form) {
  if (auto found = never(op, form)) return *std::move(found);
  const bool unpacked = form.weights == Weight::kUnpacked8;
  if (unpacked) form.weights = Weight::kFloat;
  for (const Row& row : kRows) {
    const bool fits = row.op == op.code && row.input == form.input && row.weights == form.weights && row.output == form.output;
    const bool channels = row.scales == Channels::kAny || (form.per_channel && !form.blocks && !form.odd_rows);
    const bool integers = op.code != Op::BATCH_MATMUL || row.weights != Weight::kInt8 || form.constant;
    const bool pointwise = !row.pointwise || (form.one_by_one && !form.steps);
    if (fits && channels && integers && pointwise)
      return {std::string(row.says) + (unpacked ? " (int8 is unpacked when the file is loaded)" : ""), {}, {}};
  }
  if (form.input == Act::kInt16 && op.code != Op::BATCH_MATMUL) return {{}, "int16 activations are run by builtin kernels", "int8-static"};
  if (op.code == Op::TRANSPOSE_CONV) return {{}, "transposed convolutions are in a row on int8 only", "int8-static"};
  if (op.code == Op::BATCH_MATMUL) return out_of_product(form);
  return op.code == Op::CONV_2D ? out_of_conv(form) : out_of_connected(form);
}

std::optional<uint64_t> count(const Tensor* tensor, bool sample = true) {
  if (tensor == nullptr) return std::nullopt;
  uint64_t product = 1;
  for (size_t i = 0; i < tensor->dims.size(); ++i) {
    const std::optional<int64_t> length = tensor->dims[i].value();
    if (!length && !(sample && i == 0)) return std::nullopt;
    product *= static_cast<uint64_t>(length.value_or(1));
  }
  return product;
}

// For one sample where the first size is open.
std::optional<uint64_t> multiply_adds(const View& view, const WeightedOp& line) {
  const Tensor* const weights = view.in(line.weights);
  const auto output = count(view.out(0)), input = count(view.in(line.input)), all = count(weights, false);
  if (weights == nullptr || weights->dims.empty()) return std::nullopt;
  if (view.op.code == Op::BATCH_MATMUL) {
    const auto* const options = view.op.options.AsBatchMatMulOptions();
    const Tensor* const left = view.in(0);
    const size_t rank = left == nullptr ? 0 : left->dims.size();
    if (!output || rank < 2) return std::nullopt;
    const auto shared = left->dims[rank - (options != nullptr && options->adj_x ? 2 : 1)].value();
    return shared ? std::optional(*output * static_cast<uint64_t>(*shared)) : std::nullopt;
  }
  const bool transposed = view.op.code == Op::TRANSPOSE_CONV;
  const auto channels =
      weights->dims[transposed ? 3 % weights->dims.size() : static_cast<size_t>(line.axis) % weights->dims.size()].value();
  const auto& positions = transposed ? input : output;
  if (!positions || !all || !channels || *channels == 0) return std::nullopt;
  return *positions * (*all / static_cast<uint64_t>(*channels));
}

}  // namespace

Sme2Report sme2_of(const litert::Model& model) {
  Sme2Report report;
  std::optional<uint64_t> all = 0, taken = 0;
  for (size_t i = 0; i < model.subgraphs.size(); ++i) {
    const Subgraph& graph = model.subgraphs[i];
    for (size_t at = 0; at < graph.operators.size(); ++at) {
      const Operator& op = graph.operators[at];
      const WeightedOp* const line = weighted_op(op.code);
      if (line == nullptr) {
        ++report.others;
        continue;
      }
      const View view{op, graph};
      Verdict verdict = verdict_of(op, traits_of(view, *line));
      const Tensor* const output = view.out(0);
      Sme2Operator found{.subgraph = static_cast<int>(i),
                         .op = at,
                         .name = litert::op_name(op.code),
                         .tensor = output == nullptr ? "" : output->name,
                         .row = std::move(verdict.row),
                         .why = std::move(verdict.why),
                         .recipe = std::move(verdict.recipe),
                         .multiply_adds = multiply_adds(view, *line)};
      if (all && found.multiply_adds) {
        *all += *found.multiply_adds;
        if (!found.row.empty()) *taken += *found.multiply_adds;
      } else {
        all.reset();
      }
      report.in += found.row.empty() ? 0 : 1;
      report.operators.push_back(std::move(found));
    }
  }
  if (all && *all > 0) report.share = static_cast<double>(*taken) / static_cast<double>(*all);
  return report;
}

std::vector<std::string> sme2_rows() {
  std::vector<std::string> rows;
  for (const Row& row : kRows) rows.push_back(litert::op_name(row.op) + ": " + row.says);
  return rows;
}

}  // namespace kelt::quantize
