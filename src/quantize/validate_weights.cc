// Rules of weights, of what is beside them, and of tables of rows.

#include <algorithm>
#include <cmath>

#include "quantize/integer_ops.h"
#include "quantize/validate_rules.h"
#include "weights/slices.h"

namespace kelt::quantize {
namespace {

using Op = litert::BuiltinOperator;
using litert::Tensor;
using litert::TensorType;
using litert::rules::is;
using enum TensorType;

constexpr WeightedOp kWeightedOps[] = {
    {Op::FULLY_CONNECTED, 0, 1, 2, 0, 8 | 4 | 2, 8 | 4 | 2, 8 | 4 | 2, 2},
    {Op::CONV_2D, 0, 1, 2, 0, 8 | 4, 8 | 4, 8 | 4, 3},
    {Op::DEPTHWISE_CONV_2D, 0, 1, 2, 3, 8, 8 | 4, 8, 3},
    {Op::TRANSPOSE_CONV, 2, 1, 3, 0, 8, 8, 8, 3},
    {Op::BATCH_MATMUL, 0, 1, 4, -1, 8, 8, 8, 2},
};

// What stands around quantized weights; null where the operator has none.
struct Around {
  const WeightedOp* line = nullptr;
  const Tensor *input = nullptr, *weights = nullptr, *bias = nullptr, *output = nullptr;
};

Around around(const Site& site) {
  const WeightedOp* const line = weighted_op(site.op().code);
  if (line == nullptr) return {};
  const Around found = {line, site.view.in(line->input), site.view.in(line->weights), site.view.in(line->bias), site.view.out(0)};
  const bool integers = is_quantized(found.weights) && found.weights->constant && weight_bits(found.weights->type) != 0;
  return integers && found.input != nullptr && found.output != nullptr ? found : Around{};
}

bool is_in_blocks(const Tensor* tensor) { return tensor != nullptr && tensor->quantization.details.AsBlockwiseQuantization() != nullptr; }

std::string bits_text(const Tensor& tensor) { return "int" + std::to_string(weight_bits(tensor.type)); }

int allowed_axis(const Site& site, const WeightedOp& line, const Tensor& weights) {
  if (line.axis >= 0) return line.axis;
  const auto* const options = site.op().options.AsBatchMatMulOptions();
  return static_cast<int>(weights.dims.size()) - (options != nullptr && options->adj_y ? 2 : 1);
}

std::string block_fault(const Site& site, const Tensor& tensor) {
  constexpr int32_t kShortest = 32;
  const auto& blocks = *tensor.quantization.details.AsBlockwiseQuantization();
  const Tensor* const scales = site.view.tensor({blocks.scales}, 0);
  const auto shape = static_dims(tensor.dims);
  if (blocks.block_size < kShortest || blocks.block_size % kShortest != 0) {
    return "no kernel has blocks of " + std::to_string(blocks.block_size);
  }
  if (!shape || shape->empty() || shape->back() % blocks.block_size != 0) return "its rows are no multiple of its blocks";
  if (scales == nullptr || scales->type != FLOAT16 || !scales->constant) return "the scales of its blocks are no float16 constant";
  if (scales->constant->count() * static_cast<size_t>(blocks.block_size) != tensor.constant->count()) {
    return "it has not a scale for each of its blocks";
  }
  if (site.values == Values::kLeave) return "";
  const auto values = read_as<float>(*scales->constant);
  if (!values.ok()) return "";
  return std::ranges::all_of(*values, [](float scale) { return std::isfinite(scale) && scale > 0; })
             ? ""
             : "a scale of its blocks is no positive number";
}

double at(const std::vector<float>& scales, size_t i) { return static_cast<double>(scales[scales.size() == 1 ? 0 : i]); }

std::string bias_scale_fault(const Around& found) {
  constexpr double kTolerance = 1e-3;
  const auto &bias = found.bias->quantization.scale, &weights = found.weights->quantization.scale, &input = found.input->quantization.scale;
  if (bias.empty() || weights.empty() || input.empty()) return bias.empty() ? "the bias has no scale" : "";
  if (bias.size() != 1 && weights.size() != 1 && bias.size() != weights.size()) {
    return "the bias has " + std::to_string(bias.size()) + " scales, the weights " + std::to_string(weights.size());
  }
  for (size_t i = 0; i < std::max(bias.size(), weights.size()); ++i) {
    const double product = at(input, 0) * at(weights, i);
    if (std::abs(at(bias, i) - product) > kTolerance * product) return "the bias' scale is not the input's times the weights'";
  }
  return "";
}

}  // namespace

const WeightedOp* weighted_op(Op op) {
  const auto* const found = std::ranges::find(kWeightedOps, op, &WeightedOp::op);
  return found == std::end(kWeightedOps) ? nullptr : found;
}

void check_blocks(const Site& site) {
  for (size_t i = 0; i < site.op().inputs.size(); ++i) {
    const Tensor* const tensor = site.view.in(i);
    if (!is_in_blocks(tensor) || !tensor->constant) continue;
    const bool rows = site.op().code == Op::EMBEDDING_LOOKUP && is<INT4, INT2>(tensor);
    if (!rows && !(site.op().code == Op::FULLY_CONNECTED && i == 1 && is<INT4>(tensor))) {
      site.fault(tensor, "the operator has no kernel for " + bits_text(*tensor) + " in blocks", "Use a scale for each channel");
    } else if (const std::string what = block_fault(site, *tensor); !what.empty()) {
      site.fault(tensor, what, "Write int4 in blocks of 32, 64, 128 or 256, with float16 scales");
    }
  }
}

void check_weight_types(const Site& site) {
  const Around found = around(site);
  if (found.line == nullptr) return;
  unsigned allowed = 0;
  if (is<FLOAT32>(found.input)) allowed = found.line->float_bits;
  if (is<INT8>(found.input)) allowed = found.line->int8_bits;
  if (is<INT16>(found.input)) allowed = found.line->int16_bits;
  const std::string beside = is<INT8>(found.input)      ? "int8"
                             : is<INT16>(found.input)   ? "int16"
                             : is<FLOAT32>(found.input) ? "float"
                                                        : "other";
  if ((allowed & weight_bits(found.weights->type)) == 0) {
    site.fault(found.weights, "no kernel runs " + bits_text(*found.weights) + " weights right beside " + beside + " activations",
               allowed == 0 ? "Leave it in float" : "Use int8 weights");
  } else if (site.op().code == Op::DEPTHWISE_CONV_2D && beside == "float" && found.weights->quantization.scale.size() == 1 &&
             found.weights->dims.back() != Dim(1)) {
    site.fault(found.weights, "beside float activations the kernel reads a scale for each channel, and there is one", "Repeat it");
  }
}

void check_weight_symmetry(const Site& site) {
  const Around found = around(site);
  if (found.line == nullptr) return;
  const bool product = site.op().code == Op::BATCH_MATMUL && !is<FLOAT32>(found.input);  // of two activations, one constant
  if (!product && std::ranges::any_of(found.weights->quantization.zero_point, [](int64_t zero) { return zero != 0; })) {
    site.fault(found.weights, "weights have a zero point that is not 0: the runtime rejects the file", "Quantize them symmetrically");
  }
  if (product || !is<INT8>(found.input) || !is<INT8>(found.weights) || site.values == Values::kLeave) return;
  bool lowest = false;
  const auto read = read_slices(*found.weights->constant, [&](size_t, std::span<const std::byte> bytes) {
    lowest = lowest || std::ranges::find(bytes, std::byte{0x80}) != bytes.end();
  });
  if (read.ok() && lowest) {
    site.fault(found.weights, "a weight is -128, which kernels that sum two products in 16 bits don't expect",
               "Keep weights within [-127, 127]");
  }
}

void check_weight_axis(const Site& site) {
  const Around found = around(site);
  if (found.line == nullptr || found.weights->quantization.scale.size() <= 1) return;
  if (site.op().code == Op::BATCH_MATMUL && !is<FLOAT32>(found.input)) {
    site.fault(found.weights,
               "beside integers the kernel takes one scale, and computes something else with " +
                   std::to_string(found.weights->quantization.scale.size()),
               "Use one scale, float activations or FULLY_CONNECTED");
    return;
  }
  const int axis = allowed_axis(site, *found.line, *found.weights);
  if (found.weights->quantization.quantized_dimension == axis) return;
  site.fault(found.weights,
             "scales differ along axis " + std::to_string(found.weights->quantization.quantized_dimension) +
                 ", and the kernel reads them along axis " + std::to_string(axis),
             "Quantize along axis " + std::to_string(axis));
}

void check_bias_operand(const Site& site) {
  const Around found = around(site);
  if (found.line == nullptr || found.line->bias + 1 != found.line->fewest_operands || found.bias != nullptr) return;
  site.fault(nullptr, "it has no bias: the runtime rejects the file, or ends", "Give it a bias of zeros");
}

void check_bias(const Site& site) {
  const Around found = around(site);
  if (found.line == nullptr || found.bias == nullptr) return;
  if (is<FLOAT32>(found.input)) {
    if (!is<FLOAT32>(found.bias)) site.fault(found.bias, "beside float activations a bias is float32", "Write it in float");
    return;
  }
  const bool wide = is<INT16>(found.input);
  if (!is<INT32>(found.bias) && !(wide && is<INT64>(found.bias))) {
    site.fault(found.bias, wide ? "the bias is neither int64 nor int32" : "the bias is not int32",
               wide ? "Write it as int64" : "Write it as int32");
    return;
  }
  if (const std::string what = bias_scale_fault(found); !what.empty()) {
    site.fault(found.bias, what + ": the runtime ignores it, and adds its integers as they are", "Quantize the bias again");
  }
}

void check_multiplier(const Site& site) {
  const Around found = around(site);
  if (found.line == nullptr || !is_activation(found.input) || !is_activation(found.output)) return;
  double most = 0;
  for (const float scale : found.weights->quantization.scale) most = std::max(most, static_cast<double>(scale));
  const double ratio = most * at(found.input->quantization.scale, 0) / at(found.output->quantization.scale, 0);
  if (!is<INT8>(found.input) || ratio < delegated_ratio(site.op().code).below) return;
  site.fault(
      found.output,
      "the input's scale times the weights' is " + std::to_string(std::lround(ratio)) + " times the output's: XNNPACK can't load the file",
      "Give the output the range that it has, or leave the operator in float");
}

void check_rows_looked_up(const Site& site) {
  const bool lookup = site.op().code == Op::EMBEDDING_LOOKUP;
  if (!lookup && site.op().code != Op::GATHER) return;
  const Tensor* const table = site.view.in(lookup ? 1 : 0);
  const Tensor* const output = site.view.out(0);
  if (table == nullptr || output == nullptr || !table->constant) return;
  if (is<FLOAT16>(table) && !is<FLOAT16>(output)) {
    site.fault(output, "the operator copies float16 rows as they are, and this is another type",
               "Look them up as float16, and cast what comes out");
  } else if (lookup && is<INT4>(table) && !table->dims.empty() && table->dims.back().value().value_or(0) % 2 != 0) {
    site.fault(table, "rows of an odd number of int4 are read from wrong bytes", "Use int8, or pad the rows");
  }
}

}  // namespace kelt::quantize
