#include "lower/linalg/place.h"

#include "lower/core/ops.h"

namespace kelt::lower {

using litert::BuiltinOperator;

Value index_of_largest(Lowering& to, const Value& row) {
  tflite::ArgMaxOptionsT options;
  options.output_type = litert::TensorType::INT32;
  const std::vector<Value> inputs = {row, to.constant(scalar(DType::kInt32, int64_t{row.rank() - 1}))};
  return to.emit(BuiltinOperator::ARG_MAX, std::move(options), inputs, {DType::kInt32, Dims(row.dims.begin(), row.dims.end() - 1)});
}

Value one_hot_row(Lowering& to, const Value& index, int64_t count) {
  tflite::OneHotOptionsT options;
  options.axis = -1;
  Dims dims = index.dims;
  dims.emplace_back(count);
  const std::vector<Value> inputs = {index, to.constant(scalar(DType::kInt32, count)), to.constant(DType::kFloat32, 1),
                                     to.constant(DType::kFloat32, 0)};
  return to.emit(BuiltinOperator::ONE_HOT, std::move(options), inputs, {DType::kFloat32, dims});
}

Value place_of_largest(Lowering& to, const Value& row) { return one_hot_row(to, index_of_largest(to, row), *row.dim(-1).value()); }

}  // namespace kelt::lower
