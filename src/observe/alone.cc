#include "observe/alone.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "litert/op_info.h"
#include "litert/schema_text.h"
#include "litert/text_values.h"

namespace kelt::observe {
namespace {

using litert::BuiltinOperator;
using litert::kNoTensor;
using litert::Operator;
using litert::Subgraph;
using litert::Tensor;
using litert::TensorId;
using litert::TensorType;

constexpr size_t kMostRank = 6;
constexpr size_t kShown = 16;  // values of a constant in a reason

// An operand that says what an operator does with the others, and a constant that it may be.
enum class Filler : uint8_t { kSizes, kZeros, kOnes, kOrder };
struct Parameter {
  BuiltinOperator code;
  size_t operand;
  std::string_view name;
  Filler filler;
};
constexpr std::string_view kAxis = "axis";
constexpr std::array kParameters = {
    Parameter{BuiltinOperator::RESHAPE, 1, "shape", Filler::kSizes},
    Parameter{BuiltinOperator::BROADCAST_TO, 1, "shape", Filler::kSizes},
    Parameter{BuiltinOperator::FILL, 0, "dims", Filler::kSizes},
    Parameter{BuiltinOperator::SLICE, 1, "begin", Filler::kZeros},
    Parameter{BuiltinOperator::SLICE, 2, "size", Filler::kSizes},
    Parameter{BuiltinOperator::STRIDED_SLICE, 1, "begin", Filler::kZeros},
    Parameter{BuiltinOperator::STRIDED_SLICE, 2, "end", Filler::kSizes},
    Parameter{BuiltinOperator::STRIDED_SLICE, 3, "strides", Filler::kOnes},
    Parameter{BuiltinOperator::PAD, 1, "paddings", Filler::kZeros},
    Parameter{BuiltinOperator::PADV2, 1, "paddings", Filler::kZeros},
    Parameter{BuiltinOperator::MIRROR_PAD, 1, "paddings", Filler::kZeros},
    Parameter{BuiltinOperator::TILE, 1, "multiples", Filler::kOnes},
    Parameter{BuiltinOperator::TRANSPOSE, 1, "perm", Filler::kOrder},
    Parameter{BuiltinOperator::RESIZE_BILINEAR, 1, "size", Filler::kOnes},
    Parameter{BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, 1, "size", Filler::kOnes},
    Parameter{BuiltinOperator::SUM, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::MEAN, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::REDUCE_MAX, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::REDUCE_MIN, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::REDUCE_PROD, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::CUMSUM, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::ARG_MAX, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::ARG_MIN, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::EXPAND_DIMS, 1, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::SPLIT, 0, kAxis, Filler::kZeros},
    Parameter{BuiltinOperator::GATHER, 1, "indices", Filler::kZeros},
};

// A change must leave an operator that is valid: the runtime may crash where it should reject another.
constexpr std::array kElementwise = {
    BuiltinOperator::ADD,
    BuiltinOperator::SUB,
    BuiltinOperator::MUL,
    BuiltinOperator::DIV,
    BuiltinOperator::MAXIMUM,
    BuiltinOperator::MINIMUM,
    BuiltinOperator::SQUARED_DIFFERENCE,
    BuiltinOperator::PRELU,
};
constexpr std::array kOptional = {
    // their options are no part of their structure
    BuiltinOperator::STRIDED_SLICE,
    BuiltinOperator::RESIZE_BILINEAR,
    BuiltinOperator::RESIZE_NEAREST_NEIGHBOR,
    BuiltinOperator::CUMSUM,
};

// Operators whose first operand is a table that is looked up: it may be as large as the file.
constexpr std::array kLookups = {BuiltinOperator::GATHER, BuiltinOperator::GATHER_ND, BuiltinOperator::EMBEDDING_LOOKUP};

bool is_one_of(BuiltinOperator code, std::span<const BuiltinOperator> codes) { return std::ranges::find(codes, code) != codes.end(); }

const Parameter* parameter_at(BuiltinOperator code, size_t operand) {
  const auto* const found =
      std::ranges::find_if(kParameters, [&](const Parameter& each) { return each.code == code && each.operand == operand; });
  return found == kParameters.end() ? nullptr : found;
}

// As the writer has it: an unknown dim is 1.
Shape written_shape(const Dims& dims) {
  Shape shape;
  for (const Dim& dim : dims) shape.push_back(dim.value().value_or(1));
  return shape;
}

Array zeros(const Tensor& tensor) {
  return broadcast(scalar(litert::to_dtype(tensor.type).value_or(DType::kUInt8), 0.0), written_shape(tensor.dims));
}

// Makes a parameter the constant that it may be.
void fill(Alone& alone, TensorId id, Filler filler) {
  Tensor& operand = alone.tensor(id);
  const Dims& result = alone.tensor(alone.node().outputs[0]).dims;
  const int64_t one = filler == Filler::kOnes ? 1 : 0;
  Shape values = filler == Filler::kSizes ? written_shape(result) : Shape(result.size(), one);
  if (filler == Filler::kOrder) std::iota(values.begin(), values.end(), 0);
  const Shape shape = written_shape(operand.dims);
  values.resize(static_cast<size_t>(std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>())), one);
  operand.constant = cast(array_from<int64_t>(shape, values), litert::to_dtype(operand.type).value_or(DType::kInt32));
}

// Those that are computed as constants.
void constant_parameters(const Alone& alone, std::vector<Change>& changes) {
  std::string names;
  std::vector<std::pair<TensorId, Filler>> computed;
  for (size_t i = 0; i < alone.node().inputs.size(); ++i) {
    const Parameter* const parameter = parameter_at(alone.node().code, i);
    const TensorId id = alone.node().inputs[i];
    if (parameter == nullptr || id == kNoTensor || alone.tensor(id).constant) continue;
    names += (names.empty() ? "" : " and ") + std::string(parameter->name);
    computed.emplace_back(id, parameter->filler);
  }
  if (computed.empty() || alone.node().outputs.empty()) return;
  changes.push_back({.apply =
                         [computed](Alone& changed) {
                           for (const auto& [id, filler] : computed) fill(changed, id, filler);
                         },
                     .why = "its operand " + names + " is computed in the file, where XNNPACK needs a constant",
                     .remedy = "Export with sizes that are fixed (input_signature=): what is computed from them is then a constant."});
}

void float32(const Alone& alone, std::vector<Change>& changes) {
  std::set<TensorId> others;
  for (size_t i = 0; i < alone.node().inputs.size(); ++i) {
    if (parameter_at(alone.node().code, i) != nullptr) others.insert(alone.node().inputs[i]);
  }
  std::vector<TensorId> moved;
  bool has_floats = false, has_indices = false;
  for (TensorId id = 0; id < static_cast<TensorId>(alone.tensors().size()); ++id) {
    const Tensor& tensor = alone.tensor(id);
    if (others.contains(id) || tensor.type == TensorType::BOOL) continue;
    has_floats = has_floats || tensor.type == TensorType::FLOAT32;
    if (tensor.type == TensorType::FLOAT32) continue;
    has_indices = has_indices || tensor.quantization.scale.empty();
    moved.push_back(id);
  }
  // Beside floats, integers without a scale are indices or counts, and no floats can stand for them.
  if (moved.empty() || (has_floats && has_indices) || alone.node().code == BuiltinOperator::CAST) return;
  changes.push_back(
      {.apply =
           [moved](Alone& changed) {
             for (const TensorId id : moved) {
               Tensor& tensor = changed.tensor(id);
               tensor.type = TensorType::FLOAT32;
               tensor.quantization = {};
               if (tensor.constant) tensor.constant = zeros(tensor);
             }
           },
       .why = "XNNPACK has " + litert::op_name(alone.node().code) + " of float32, not of " + type_name(alone.tensor(moved[0])),
       .remedy = "Compute it in float32, which holds every integer below 2^24."});
}

// The leading axes of each tensor, merged.
void merge_leading_axes(Alone& changed, size_t rank) {
  for (Tensor& tensor : changed.tensors()) {
    if (tensor.dims.size() <= rank) continue;
    const auto kept = tensor.dims.end() - static_cast<ptrdiff_t>(rank) + 1;
    Dims dims = {product_of({tensor.dims.begin(), kept})};
    dims.insert(dims.end(), kept, tensor.dims.end());
    tensor.dims = std::move(dims);
    if (tensor.constant) tensor.constant = reshape(*tensor.constant, written_shape(tensor.dims));
  }
}

void lower_rank(const Alone& alone, std::vector<Change>& changes) {
  if (!is_one_of(alone.node().code, kElementwise)) return;
  const size_t rank = alone.tensor(alone.node().outputs[0]).dims.size();
  for (size_t lower = std::min(rank, kMostRank + 1); lower-- > 3;) {
    changes.push_back({.apply = [lower](Alone& changed) { merge_leading_axes(changed, lower); },
                       .why = "XNNPACK has " + litert::op_name(alone.node().code) + " up to rank " + std::to_string(lower) +
                              ", not of rank " + std::to_string(rank),
                       .remedy = "Merge axes by a reshape before it."});
  }
}

void constant_operands(const Alone& alone, std::vector<Change>& changes) {
  const std::vector<TensorId>& inputs = alone.node().inputs;
  for (size_t i = 1; i < inputs.size(); ++i) {
    const TensorId id = inputs[i];
    if (id == kNoTensor || alone.tensor(id).constant || parameter_at(alone.node().code, i) != nullptr) continue;
    changes.push_back({.apply = [id](Alone& changed) { changed.tensor(id).constant = zeros(changed.tensor(id)); },
                       .why = "XNNPACK has " + litert::op_name(alone.node().code) + " where operand " + std::to_string(i) +
                              " is a constant; here it is computed",
                       .remedy = "Make that operand a weight."});
  }
}

void usual_parameters(const Alone& alone, std::vector<Change>& changes) {
  for (size_t i = 0; i < alone.node().inputs.size(); ++i) {
    const TensorId id = alone.node().inputs[i];
    const Parameter* const parameter = parameter_at(alone.node().code, i);
    const bool applies = parameter != nullptr && parameter->name != kAxis && id != kNoTensor && alone.tensor(id).constant;
    if (!applies || alone.node().outputs.empty()) continue;
    changes.push_back({.apply = [id, filler = parameter->filler](Alone& changed) { fill(changed, id, filler); },
                       .why = "XNNPACK has " + litert::op_name(alone.node().code) + ", but not with " + std::string(parameter->name) + " " +
                              litert::values_text(*alone.tensor(id).constant, kShown, false),
                       .remedy = ""});
  }
}

void usual_options(const Alone& alone, std::vector<Change>& changes) {
  const std::string options = litert::table_text(alone.node().options);
  if (options == "{}" || !is_one_of(alone.node().code, kOptional)) return;
  litert::TextCursor none("{}");
  const auto usual = litert::parse_options(alone.node().options.type, none);
  if (!usual.ok()) return;
  changes.push_back({.apply = [usual = *usual](Alone& changed) { changed.node().options = usual; },
                     .why = "XNNPACK has " + litert::op_name(alone.node().code) + ", but not with " + options,
                     .remedy = ""});
}

}  // namespace

Alone::Alone(const Subgraph& graph, const Operator& op) {
  std::map<TensorId, TensorId> moved = {{kNoTensor, kNoTensor}};
  const auto move = [&](TensorId id) {
    if (const auto found = moved.find(id); found != moved.end()) return found->second;
    Tensor& tensor = graph_.tensors.emplace_back(graph.tensors[static_cast<size_t>(id)]);
    tensor.name = "tensor_" + std::to_string(moved.size());
    tensor.source.reset();
    return moved[id] = static_cast<TensorId>(graph_.tensors.size() - 1);
  };
  Operator& node = graph_.operators.emplace_back(op);
  node.path.clear();
  std::ranges::transform(op.inputs, node.inputs.begin(), move);
  std::ranges::transform(op.outputs, node.outputs.begin(), move);
  if (is_one_of(op.code, kLookups)) tensor(node.inputs[0]).constant.reset();
}

litert::Model Alone::model() const {
  litert::Model model;
  Subgraph& graph = model.subgraphs.emplace_back(graph_);
  litert::Signature signature{.key = "serving_default"};
  for (const TensorId id : std::set<TensorId>(node().inputs.begin(), node().inputs.end())) {
    if (id == kNoTensor || tensor(id).constant) continue;
    graph.inputs.push_back(id);
    signature.inputs.push_back({tensor(id).name, id});
  }
  graph.outputs = node().outputs;
  for (const TensorId id : graph.outputs) signature.outputs.push_back({tensor(id).name, id});
  model.signatures.push_back(std::move(signature));
  return model;
}

std::string type_name(const Tensor& tensor) {
  const std::optional<DType> dtype = litert::to_dtype(tensor.type);
  return dtype ? std::string(name(*dtype)) : litert::type_name(tensor.type);
}

std::vector<Change> changes_of(const Alone& alone) {
  std::vector<Change> changes;
  for (const auto kind : {constant_parameters, float32, lower_rank, constant_operands, usual_parameters, usual_options}) {
    kind(alone, changes);
  }
  return changes;
}

}  // namespace kelt::observe
