#include "lower/core/emitter.h"

#include <cstring>

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"

namespace kelt::lower {

litert::Operator Emitter::make_operator(litert::BuiltinOperator code, const std::vector<Value>& inputs) const {
  litert::Operator op;
  op.code = code;
  op.path = path_;
  for (const Value& input : inputs) op.inputs.push_back(input.id);
  return op;
}

std::vector<Value> Emitter::append(litert::Operator op, const std::vector<ValueType>& outputs) {
  std::vector<Value> values;
  for (const ValueType& type : outputs) {
    values.push_back(add_input(type, path_));
    op.outputs.push_back(values.back().id);
  }
  check_rank(op);
  subgraph_->operators.push_back(std::move(op));
  return values;
}

void Emitter::check_rank(const litert::Operator& op) {
  for (const auto* ids : {&op.inputs, &op.outputs}) {
    for (const litert::TensorId id : *ids) {
      if (id < 0) continue;
      const litert::Tensor& found = subgraph_->tensors[id];
      const int limit = rank_limit(op.code, litert::to_dtype(found.type).value_or(DType::kFloat32));
      if (static_cast<int>(found.dims.size()) <= limit) continue;
      const std::string what = "computes " + std::string(tflite::EnumNameBuiltinOperator(op.code)) + " of " +
                               std::to_string(found.dims.size()) + " axes, and the runtime takes at most " + std::to_string(limit);
      fail(reject(what, "Fold axes together before it, with keras.ops.reshape"));
    }
  }
}

Value Emitter::add_input(ValueType type, std::string name) {
  litert::Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = litert::to_tensor_type(type.dtype);
  tensor.dims = type.dims;
  const auto id = static_cast<litert::TensorId>(subgraph_->tensors.size());
  subgraph_->tensors.push_back(std::move(tensor));
  return Value{id, type.dtype, std::move(type.dims)};
}

Value Emitter::constant(const Array& array) {
  const Dims dims(array.shape.begin(), array.shape.end());
  const std::string key = std::string(name(array.dtype)) + to_string(dims) + array.source->identity();
  const auto [entry, added] = constants_.try_emplace(key, litert::kNoTensor);
  if (!added) return Value{entry->second, array.dtype, dims};
  const Value value = add_input({array.dtype, dims}, path_);
  tensor(value).constant = array;
  entry->second = value.id;
  return value;
}

Value Emitter::constant(DType dtype, double scalar_value) { return constant(scalar(dtype, scalar_value)); }

Value Emitter::ints(std::span<const int32_t> values) {
  return constant(array_from<int32_t>({static_cast<int64_t>(values.size())}, values));
}

std::optional<Array> Emitter::constant_of(const Value& value) const {
  if (value.absent()) return std::nullopt;
  return subgraph_->tensors[value.id].constant;
}

}  // namespace kelt::lower
