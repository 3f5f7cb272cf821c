// lower/core/emitter.h — appends LiteRT operators to a subgraph. Knows nothing of Keras.
//
// Every Value carries its dtype and dims, so that a lowering does no shape arithmetic: the functions of lower/ops.h work out
// the dims of what they emit. A constant is a Value too; equal small constants of one subgraph share a tensor.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/int32.h"
#include "litert/model.h"

namespace kelt::lower {

// A tensor of the subgraph that is being written. Copying one copies a handle.
struct Value {
  litert::TensorId id = litert::kNoTensor;
  DType dtype = DType::kFloat32;
  Dims dims;

  [[nodiscard]] int rank() const { return static_cast<int>(dims.size()); }
  [[nodiscard]] const Dim& dim(int axis) const { return dims[axis < 0 ? axis + dims.size() : axis]; }
  [[nodiscard]] bool absent() const { return id == litert::kNoTensor; }
};

// What an operator makes: the type of one output.
struct ValueType {
  DType dtype = DType::kFloat32;
  Dims dims;
};

class Emitter {
 public:
  // `subgraph` must outlive the Emitter.
  explicit Emitter(litert::Subgraph& subgraph) : subgraph_(&subgraph) {}

  // An operator with one output.
  template <typename Options>
  Value emit(litert::BuiltinOperator code, Options options, const std::vector<Value>& inputs, ValueType output) {
    return emit_many(code, std::move(options), inputs, {std::move(output)})[0];
  }
  // An operator that takes no options.
  Value emit(litert::BuiltinOperator code, const std::vector<Value>& inputs, ValueType output) {
    return append(make_operator(code, inputs), {std::move(output)})[0];
  }
  template <typename Options>
  std::vector<Value> emit_many(litert::BuiltinOperator code, Options options, const std::vector<Value>& inputs,
                               const std::vector<ValueType>& outputs) {
    litert::Operator op = make_operator(code, inputs);
    litert::set_options(op, std::move(options));
    return append(std::move(op), outputs);
  }

  // A tensor that some operator or caller fills: a subgraph input.
  Value add_input(ValueType type, std::string name);

  // Constants. Small equal ones are one tensor.
  Value constant(const Array& array);
  Value constant(DType dtype, double scalar);
  Value ints(std::span<const int32_t> values);                               // int32 vector
  [[nodiscard]] std::optional<Array> constant_of(const Value& value) const;  // the array, if `value` is a constant

  [[nodiscard]] litert::Subgraph& subgraph() { return *subgraph_; }
  [[nodiscard]] litert::Tensor& tensor(const Value& value) { return subgraph_->tensors[value.id]; }

  // What can't be expressed, found where only a Value can be returned. The first since take_failure sticks.
  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }
  [[nodiscard]] std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }

  // The path of the Keras layer, which names the operators and tensors that follow.
  void set_path(std::string path) { path_ = std::move(path); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] litert::Operator make_operator(litert::BuiltinOperator code, const std::vector<Value>& inputs) const;
  void check_rank(const litert::Operator& op);  // fails where the runtime takes fewer axes
  std::vector<Value> append(litert::Operator op, const std::vector<ValueType>& outputs);

  litert::Subgraph* subgraph_;
  std::string path_;
  std::optional<Error> failure_;
  std::map<std::string, litert::TensorId> constants_;  // identity, dtype and shape of an array → its tensor
};

}  // namespace kelt::lower
