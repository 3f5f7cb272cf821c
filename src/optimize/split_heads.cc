// optimize/split_heads.cc — linear(x), reshaped to heads, and heads reshaped to rows of another → a product for each head, where the
// shape is computed.
//
// A shape with two unknown dims has to be computed, and XNNPACK leaves such a RESHAPE: the attention of a layer falls into
// pieces. Heads as the batch of a BATCH_MATMUL need none. Integers behind the weights stay in a FULLY_CONNECTED.

#include <algorithm>

#include "optimize/linear.h"
#include "optimize/pass.h"
#include "weights/quantized.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

// The lengths of the last two axes of `apart`, which are one axis of `joined`; the axes before them are the same.
struct Heads {
  int64_t count = 0, width = 0;
};

std::optional<Heads> heads_of(Rewriter& in, TensorId apart, TensorId joined) {
  const Dims& heads = in.tensor(apart).dims;
  const Dims& rows = in.tensor(joined).dims;
  if (rows.size() < 2 || rows.size() > 3 || heads.size() != rows.size() + 1) return std::nullopt;
  const size_t leading = rows.size() - 1;
  if (!std::equal(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(leading), heads.begin())) return std::nullopt;
  const Heads found{heads[leading].value().value_or(0), heads[leading + 1].value().value_or(0)};
  if (found.count < 1 || found.width < 1 || rows.back() != Dim(found.count * found.width)) return std::nullopt;
  return found;
}

bool is_computed_reshape(Rewriter& in, OperatorId id) {
  return id != kNoOperator && in.at(id).code == BuiltinOperator::RESHAPE && in.at(id).inputs.size() == 2 &&
         in.constant(in.at(id).inputs[1]) == nullptr && in.tensor(in.at(id).inputs[0]).type == litert::TensorType::FLOAT32;
}

// A FULLY_CONNECTED that may become products.
bool has_weights(Rewriter& in, OperatorId id) {
  if (id == kNoOperator || in.at(id).code != BuiltinOperator::FULLY_CONNECTED || !as_linear(in, id)) return false;
  const Dims& read = in.tensor(in.at(id).inputs[0]).dims;
  const Dims& made = in.tensor(in.at(id).outputs[0]).dims;
  const bool keeps_axes = read.size() == made.size() && std::equal(read.begin(), read.end() - 1, made.begin());
  return keeps_axes && !comes_from_integers(*in.constant(in.at(id).inputs[1]));
}

TensorId value(Rewriter& in, const std::string& name, Dims dims) {
  litert::Tensor tensor;
  tensor.name = name;
  tensor.dims = std::move(dims);
  return in.add_tensor(std::move(tensor));
}

TensorId axes(Rewriter& in, const std::string& name, const std::vector<int32_t>& numbers) {
  return in.add_constant(array_from<int32_t>({static_cast<int64_t>(numbers.size())}, numbers), name);
}

// [heads, 1, …, rows, columns]: the heads are the first of as many axes as `rank` says.
Array by_head(const Array& weights, std::vector<int> order, size_t rank) {
  const Array moved = transpose(weights, order);
  Shape shape(rank, 1);
  shape[0] = moved.shape[0];
  shape[rank - 2] = moved.shape[1];
  shape[rank - 1] = moved.shape[2];
  return reshape(moved, shape);
}

// The FULLY_CONNECTED becomes a BATCH_MATMUL without a bias, which is returned.
TensorId multiply_by(Rewriter& in, OperatorId id, Array weights) {
  litert::Operator& op = in.at(id);
  const TensorId bias = op.inputs.size() > 2 ? op.inputs[2] : litert::kNoTensor;
  in.set_input(id, 1, in.add_constant(std::move(weights), in.tensor(op.inputs[1]).name));
  if (bias != litert::kNoTensor) in.set_input(id, 2, litert::kNoTensor);
  op.inputs.resize(2);
  op.code = BuiltinOperator::BATCH_MATMUL;
  op.options = {};
  litert::set_options(op, tflite::BatchMatMulOptionsT{});
  return bias;
}

void transpose_instead(Rewriter& in, OperatorId id, const std::vector<int32_t>& order) {
  litert::Operator& op = in.at(id);
  in.set_input(id, 1, axes(in, op.path + "/perm", order));
  op.code = BuiltinOperator::TRANSPOSE;
  op.options = {};
  litert::set_options(op, tflite::TransposeOptionsT{});
}

template <typename Options>
litert::Operator like(const litert::Operator& op, BuiltinOperator code, Options options, std::vector<TensorId> inputs, TensorId output) {
  litert::Operator made;
  made.code = code;
  made.path = op.path;
  made.inputs = std::move(inputs);
  made.outputs = {output};
  litert::set_options(made, std::move(options));
  return made;
}

// linear(x) → RESHAPE to heads.
Result<void> split(Rewriter& in, OperatorId reshaped, OperatorId linear, const Heads& heads) {
  const Dims rows = in.tensor(in.at(linear).outputs[0]).dims;
  const size_t rank = rows.size() + 1;
  const Array weights = *in.constant(in.at(linear).inputs[1]);
  const Array apart = reshape(weights, {heads.count, heads.width, weights.shape[1]});
  Dims dims(rows.begin(), rows.end() - 1);
  dims.insert(dims.begin(), Dim(heads.count));
  dims.emplace_back(heads.width);
  const std::string name = in.tensor(in.at(linear).outputs[0]).name;
  TensorId product = value(in, name, dims);
  const TensorId bias = multiply_by(in, linear, by_head(apart, {0, 2, 1}, rank));
  in.set_output(linear, product);
  if (bias != litert::kNoTensor) {
    Shape shape(rank, 1);
    shape.front() = heads.count;
    shape.back() = heads.width;
    const TensorId shifted = value(in, name + "/shifted", dims);
    const TensorId addend = in.add_constant(reshape(*in.constant(bias), shape), in.tensor(bias).name);
    in.insert_after(linear, like(in.at(linear), BuiltinOperator::ADD, tflite::AddOptionsT{}, {product, addend}, shifted));
    product = shifted;
  }
  std::vector<int32_t> order;
  for (size_t axis = 1; axis + 1 < rank; ++axis) order.push_back(static_cast<int32_t>(axis));
  order.push_back(0);
  order.push_back(static_cast<int32_t>(rank - 1));
  in.set_input(reshaped, 0, product);
  transpose_instead(in, reshaped, order);
  return {};
}

// RESHAPE of heads → linear(x).
Result<void> join(Rewriter& in, OperatorId linear, OperatorId reshaped, const Heads& heads) {
  const Dims apart = in.tensor(in.at(reshaped).inputs[0]).dims;
  const size_t rank = apart.size();
  const TensorId output = in.at(linear).outputs[0];
  const Array weights = *in.constant(in.at(linear).inputs[1]);
  const Array by_channel = reshape(weights, {weights.shape[0], heads.count, heads.width});
  std::vector<int32_t> order{static_cast<int32_t>(rank - 2)};
  for (size_t axis = 0; axis + 2 < rank; ++axis) order.push_back(static_cast<int32_t>(axis));
  order.push_back(static_cast<int32_t>(rank - 1));
  Dims dims;
  for (const int32_t axis : order) dims.push_back(apart[static_cast<size_t>(axis)]);
  const TensorId turned = value(in, in.tensor(in.at(reshaped).outputs[0]).name, dims);
  transpose_instead(in, reshaped, order);
  in.set_input(linear, 0, turned);
  in.set_output(reshaped, turned);
  dims.back() = Dim(weights.shape[0]);
  const TensorId products = value(in, in.tensor(output).name + "/products", dims);
  const TensorId bias = multiply_by(in, linear, by_head(by_channel, {1, 2, 0}, rank));
  in.set_output(linear, products);
  const TensorId sum = bias == litert::kNoTensor ? output : value(in, in.tensor(output).name + "/sum", in.tensor(output).dims);
  const TensorId first = axes(in, in.at(linear).path + "/axes", {0});
  in.insert_after(linear, like(in.at(linear), BuiltinOperator::SUM, tflite::ReducerOptionsT{}, {products, first}, sum));
  if (bias == litert::kNoTensor) return {};
  in.insert_after(linear, like(in.at(linear), BuiltinOperator::ADD, tflite::AddOptionsT{}, {sum, bias}, output));
  return {};
}

Result<void> split_heads_at(Rewriter& in, OperatorId id) {
  if (is_computed_reshape(in, id)) {
    const TensorId rows = in.at(id).inputs[0];
    const OperatorId linear = in.producer(rows);
    const auto heads = heads_of(in, in.at(id).outputs[0], rows);
    if (heads && has_weights(in, linear) && in.only_consumer(rows) == id) return split(in, id, linear, *heads);
  }
  if (!has_weights(in, id)) return {};
  const TensorId rows = in.at(id).inputs[0];
  const OperatorId reshaped = in.producer(rows);
  if (!is_computed_reshape(in, reshaped) || in.only_consumer(rows) != id) return {};
  const auto heads = heads_of(in, in.at(reshaped).inputs[0], rows);
  return heads ? join(in, id, reshaped, *heads) : Result<void>{};
}

}  // namespace

Result<bool> split_heads(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, split_heads_at); }

}  // namespace kelt::optimize
