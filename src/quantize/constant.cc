#include "quantize/constant.h"

#include <algorithm>
#include <cmath>

namespace kelt::quantize {
namespace {

using litert::Subgraph;
using litert::Tensor;
using litert::TensorId;
using litert::TensorType;

TensorId add(Subgraph& subgraph, Tensor tensor) {
  subgraph.tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(subgraph.tensors.size() - 1);
}

Tensor integers(const Quantized& quantized, std::string name) {
  Tensor tensor{.name = std::move(name), .type = TensorType::INT8, .constant = quantized.values};
  tensor.dims.assign(quantized.values.shape.begin(), quantized.values.shape.end());
  if (quantized.bits == 4) {
    tensor.type = TensorType::INT4;
    tensor.constant = cast(quantized.values, DType::kInt4);
  } else if (quantized.bits == 2) {
    tensor.type = TensorType::INT2;
    tensor.constant = pack_bits(quantized.values, 2);
  }
  return tensor;
}

bool is_in_blocks(const Quantized& quantized) {
  const Shape blocks = block_shape(quantized);
  return !blocks.empty() && std::all_of(blocks.begin(), blocks.end() - 1, [](int64_t block) { return block == 1; });
}

Result<std::vector<int64_t>> zero_points(const Quantized& quantized) {
  if (!quantized.zeros) return std::vector<int64_t>(quantized.scales.count(), 0);
  KELT_ASSIGN_OR_RETURN(const std::vector<float> zeros, read_as<float>(*quantized.zeros));
  if (std::ranges::any_of(zeros, [](float zero) { return zero != std::round(zero); })) {
    return Error{.code = Code::kUnsupported, .what = "zero points that are no integers have no form in a LiteRT file"};
  }
  return std::vector<int64_t>(zeros.begin(), zeros.end());
}

Result<std::optional<Array>> constant_of(const Subgraph& subgraph, TensorId id, const Shape& shape) {
  if (id == litert::kNoTensor) return std::optional<Array>{};
  const auto& constant = subgraph.tensors[static_cast<size_t>(id)].constant;
  if (!constant) return Error{.code = Code::kBadModel, .what = "the scales of blocks are no constant"};
  return std::optional(reshape(*constant, shape));
}

std::optional<Quantized> unpacked(const Tensor& tensor) {
  const auto shape = static_dims(tensor.dims);
  if (!tensor.constant || tensor.sparsity || !shape) return std::nullopt;
  switch (tensor.type) {
    case TensorType::INT8: return Quantized{.values = *tensor.constant, .bits = 8};
    case TensorType::INT4: return Quantized{.values = cast(*tensor.constant, DType::kInt8), .bits = 4};
    case TensorType::INT2: return Quantized{.values = unpack_bits(*tensor.constant, 2, *shape), .bits = 2};
    default: return std::nullopt;
  }
}

Result<std::optional<Quantized>> read_blocks(const Subgraph& subgraph, Quantized found, const tflite::BlockwiseQuantizationT& blocks) {
  Shape shape = found.values.shape;
  if (shape.empty() || blocks.block_size < 1 || shape.back() % blocks.block_size != 0) {
    return Error{.code = Code::kBadModel, .what = "blocks of " + std::to_string(blocks.block_size) + " don't divide the last axis"};
  }
  shape.back() /= blocks.block_size;
  KELT_ASSIGN_OR_RETURN(const auto scales, constant_of(subgraph, blocks.scales, shape));
  KELT_ASSIGN_OR_RETURN(found.zeros, constant_of(subgraph, blocks.zero_points, shape));
  if (!scales) return std::optional<Quantized>{};
  found.scales = *scales;
  return std::optional(std::move(found));
}

}  // namespace

Result<TensorId> add_in_blocks(Subgraph& subgraph, const Quantized& quantized, std::string name) {
  KELT_RETURN_IF_ERROR(check_quantized(quantized));
  KELT_ASSIGN_OR_RETURN(const bool symmetric, is_symmetric(quantized));
  if (!is_in_blocks(quantized) || !symmetric) {
    return Error{.code = Code::kUnsupported,
                 .what = symmetric ? "scales along several axes have no form in a LiteRT file"
                                   : "blocks with zero points have no form in a LiteRT file",
                 .remedy = "Quantize along one axis, or symmetrically in blocks along the last"};
  }
  Tensor scales{.name = name + "/scales", .type = TensorType::FLOAT16, .constant = cast(quantized.scales, DType::kFloat16)};
  scales.dims.assign(quantized.scales.shape.begin(), quantized.scales.shape.end());
  tflite::BlockwiseQuantizationT form;
  form.scales = add(subgraph, std::move(scales));
  form.zero_points = litert::kNoTensor;
  form.block_size = static_cast<int32_t>(block_shape(quantized).back());
  Tensor tensor = integers(quantized, std::move(name));
  tensor.quantization.details.Set(std::move(form));
  return add(subgraph, std::move(tensor));
}

Result<TensorId> add_quantized(Subgraph& subgraph, const Quantized& quantized, std::string name) {
  KELT_RETURN_IF_ERROR(check_quantized(quantized));
  if (const auto axis = channel_axis(quantized)) {
    Tensor tensor = integers(quantized, std::move(name));
    KELT_ASSIGN_OR_RETURN(tensor.quantization.scale, read_as<float>(quantized.scales));
    KELT_ASSIGN_OR_RETURN(tensor.quantization.zero_point, zero_points(quantized));
    tensor.quantization.quantized_dimension = std::max(*axis, 0);
    return add(subgraph, std::move(tensor));
  }
  return add_in_blocks(subgraph, quantized, std::move(name));
}

Result<std::optional<Quantized>> read_quantized(const Subgraph& subgraph, TensorId id) {
  using Found = std::optional<Quantized>;
  const Tensor& tensor = subgraph.tensors[static_cast<size_t>(id)];
  const tflite::QuantizationParametersT& quantization = tensor.quantization;
  Found found = unpacked(tensor);
  if (!found) return Found{};
  if (const auto* blocks = quantization.details.AsBlockwiseQuantization()) return read_blocks(subgraph, *std::move(found), *blocks);
  if (quantization.scale.empty() || quantization.details.type != tflite::QuantizationDetails::NONE) return Found{};
  Shape shape(found->values.shape.size(), 1);
  if (quantization.scale.size() > 1) {
    const int32_t axis = quantization.quantized_dimension;
    if (axis < 0 || static_cast<size_t>(axis) >= shape.size()) {
      return Error{.code = Code::kBadModel, .what = "the tensor " + tensor.name + " is quantized along an axis that it has not"};
    }
    shape.at(static_cast<size_t>(quantization.quantized_dimension)) = static_cast<int64_t>(quantization.scale.size());
  }
  found->scales = array_from<float>(shape, quantization.scale);
  std::vector<int64_t> zeros = quantization.zero_point;
  zeros.resize(quantization.scale.size(), zeros.empty() ? 0 : zeros.back());
  if (std::ranges::any_of(zeros, [](int64_t zero) { return zero != 0; })) found->zeros = array_from<int64_t>(shape, zeros);
  KELT_RETURN_IF_ERROR(check_quantized(*found));
  return found;
}

}  // namespace kelt::quantize
