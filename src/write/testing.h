// write/testing.h — for tests: models in a few lines, and sources that are made up.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "litert/model.h"

namespace kelt::write::testing {

// As many bytes as wanted, without memory: byte i is i % 251.
class Pattern : public ByteSource {
 public:
  explicit Pattern(size_t size, std::string name = "pattern") : size_(size), name_(std::move(name)) {}
  [[nodiscard]] size_t size() const override { return size_; }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    for (std::byte& b : out) b = static_cast<std::byte>(offset++ % 251);
    return {};
  }
  [[nodiscard]] std::string identity() const override { return name_ + std::to_string(size_); }

 private:
  size_t size_;
  std::string name_;
};

[[nodiscard]] inline Array pattern(size_t size, std::string name = "pattern") {
  return {DType::kUInt8, {static_cast<int64_t>(size)}, std::make_shared<Pattern>(size, std::move(name))};
}

[[nodiscard]] inline litert::Tensor constant(std::string name, const Array& array) {
  litert::Tensor tensor{.name = std::move(name), .type = litert::to_tensor_type(array.dtype)};
  tensor.dims.assign(array.shape.begin(), array.shape.end());
  tensor.constant = array;
  return tensor;
}

[[nodiscard]] inline litert::Model model_with(const std::vector<litert::Tensor>& tensors) {
  litert::Model model;
  model.subgraphs.push_back({.name = "main", .tensors = tensors});
  return model;
}

// y = x[n, 2] + c
[[nodiscard]] inline litert::Model add_model(const Array& c) {
  const Dims dims = {Dim::symbol("n"), 2};
  litert::Model model = model_with({{.name = "x", .dims = dims}, constant("c", c), {.name = "y", .dims = dims}});
  litert::Operator add{.code = litert::BuiltinOperator::ADD, .inputs = {0, 1}, .outputs = {2}};
  litert::set_options(add, tflite::AddOptionsT());
  model.subgraphs[0].operators.push_back(std::move(add));
  model.subgraphs[0].inputs = {0};
  model.subgraphs[0].outputs = {2};
  model.signatures.push_back({.key = "serving_default", .inputs = {{"x", 0}}, .outputs = {{"sum", 2}}});
  return model;
}

}  // namespace kelt::write::testing
