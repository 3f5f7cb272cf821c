// litert/read_testing.h — for tests: files made of FlatBuffers' own objects, as other converters make them.

#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "litert/read.h"
#include "tflite_generated.h"

namespace kelt::litert::testing {

inline std::vector<std::byte> bytes_of(flatbuffers::FlatBufferBuilder& builder) {
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

inline std::vector<std::byte> pack(const tflite::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder;
  tflite::FinishModelBuffer(builder, tflite::Model::Pack(builder, &model));
  return bytes_of(builder);
}

inline std::unique_ptr<tflite::TensorT> tensor(std::string name, std::vector<int32_t> shape, uint32_t buffer = 0) {
  auto tensor = std::make_unique<tflite::TensorT>();
  tensor->name = std::move(name);
  tensor->shape = std::move(shape);
  tensor->buffer = buffer;
  return tensor;
}

// y = x[?, 2] + c[2], with c in the buffer 1.
inline tflite::ModelT add_model() {
  tflite::ModelT model;
  model.version = 3;
  model.buffers.push_back(std::make_unique<tflite::BufferT>());
  model.buffers.push_back(std::make_unique<tflite::BufferT>());
  const float values[] = {1.5F, -2.0F};
  model.buffers[1]->data.resize(sizeof values);
  std::memcpy(model.buffers[1]->data.data(), values, sizeof values);
  model.operator_codes.push_back(std::make_unique<tflite::OperatorCodeT>());
  model.operator_codes[0]->builtin_code = BuiltinOperator::ADD;
  auto graph = std::make_unique<tflite::SubGraphT>();
  graph->tensors.push_back(tensor("x", {1, 2}));
  graph->tensors[0]->shape_signature = {-1, 2};
  graph->tensors.push_back(tensor("c", {2}, 1));
  graph->tensors.push_back(tensor("y", {1, 2}));
  graph->tensors[2]->shape_signature = {-1, 2};
  graph->inputs = {0};
  graph->outputs = {2};
  auto add = std::make_unique<tflite::OperatorT>();
  add->inputs = {0, 1};
  add->outputs = {2};
  add->builtin_options.Set(tflite::AddOptionsT());
  graph->operators.push_back(std::move(add));
  model.subgraphs.push_back(std::move(graph));
  return model;
}

}  // namespace kelt::litert::testing
