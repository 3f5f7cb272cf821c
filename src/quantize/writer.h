// quantize/writer.h — the operators of a subgraph written anew, one after the other.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "litert/model.h"

namespace kelt::quantize {

class Writer {
 public:
  explicit Writer(litert::Subgraph& subgraph) : subgraph_(&subgraph) {}

  void keep(litert::Operator op) { operators_.push_back(std::move(op)); }
  void finish() && { subgraph_->operators = std::move(operators_); }

  [[nodiscard]] litert::Subgraph& subgraph() { return *subgraph_; }
  [[nodiscard]] litert::Tensor& tensor(litert::TensorId id) { return subgraph_->tensors[static_cast<size_t>(id)]; }
  litert::TensorId constant(Array array, std::string name) {
    litert::Tensor added;
    added.name = std::move(name);
    added.type = litert::to_tensor_type(array.dtype);
    added.dims.assign(array.shape.begin(), array.shape.end());
    added.constant = std::move(array);
    return add(std::move(added));
  }
  litert::TensorId result(litert::TensorType type, Dims dims, std::string name) {
    litert::Tensor added;
    added.name = std::move(name);
    added.type = type;
    added.dims = std::move(dims);
    return add(std::move(added));
  }
  template <typename Options>
  void emit(litert::BuiltinOperator code, Options options, std::vector<litert::TensorId> inputs, litert::TensorId output,
            const std::string& path) {
    litert::Operator op{.code = code, .inputs = std::move(inputs), .outputs = {output}, .path = path};
    litert::set_options(op, std::move(options));
    operators_.push_back(std::move(op));
  }

 private:
  litert::TensorId add(litert::Tensor tensor) {
    subgraph_->tensors.push_back(std::move(tensor));
    return static_cast<litert::TensorId>(subgraph_->tensors.size() - 1);
  }

  litert::Subgraph* subgraph_;
  std::vector<litert::Operator> operators_;
};

}  // namespace kelt::quantize
