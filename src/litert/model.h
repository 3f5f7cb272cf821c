// litert/model.h — the target: a LiteRT file as values, with its constants by reference.
//
// Options and quantization are FlatBuffers' own object structs (schema/tflite.fbs); the rest are small structs of ours, so
// that dims stay symbolic and constants stay where they are until they are written. Copying a Model copies no weights.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/dim.h"
#include "tflite_objects.h"
#include "weights/array.h"

namespace kelt::litert {

using tflite::BuiltinOperator;
using tflite::TensorType;

// An index into Subgraph::tensors; -1 is an optional input that is absent.
using TensorId = int32_t;
inline constexpr TensorId kNoTensor = -1;

// The value of the source graph that a tensor equals, which is what verify compares. A pass that changes what a tensor
// means clears it.
struct SourceValue {
  int function = 0;
  int value = 0;
  friend auto operator<=>(const SourceValue&, const SourceValue&) = default;
};

struct Tensor {
  std::string name;
  TensorType type = TensorType::FLOAT32;
  Dims dims;                                     // not static: written as shape 1, signature -1
  std::optional<Array> constant;                 // the bytes, for a constant
  tflite::QuantizationParametersT quantization;  // empty: not quantized
  std::optional<SourceValue> source;
  // Carried as read; kelt writes none of these by itself.
  bool is_variable = false;
  bool has_rank = false;  // pipeline sets it
  std::optional<tflite::SparsityParametersT> sparsity;
  std::vector<tflite::VariantSubTypeT> variant_tensors;
  uint32_t external_buffer = 0;  // id in Model::external_buffers: the values are in another file
};

struct Operator {
  BuiltinOperator code = BuiltinOperator::CUSTOM;
  int version = 1;
  std::string custom_code;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  tflite::BuiltinOptionsUnion options;
  tflite::BuiltinOptions2Union options2;
  std::vector<uint8_t> custom_options;
  std::vector<bool> mutating_variable_inputs;
  std::vector<TensorId> intermediates;
  int debug_metadata_index = -1;  // carried as read
  std::string path;               // of the Keras layer it came from
};

struct Subgraph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  std::vector<Operator> operators;  // in order of execution
  int debug_metadata_index = -1;    // carried as read
};

struct SignaturePort {
  std::string name;
  TensorId tensor = kNoTensor;
};

struct Signature {
  std::string key;
  int subgraph = 0;
  std::vector<SignaturePort> inputs;
  std::vector<SignaturePort> outputs;
};

struct Metadata {
  std::string name;
  Array bytes;  // uint8
};

struct Model {
  std::string description;
  std::vector<Subgraph> subgraphs;
  std::vector<Signature> signatures;
  std::vector<Metadata> metadata;
  // In the file, the constants lie behind the flatbuffer rather than inside of it, where every runtime and tool finds them.
  bool constants_outside = false;
  // Carried as read; kelt writes none of these by itself.
  std::vector<Array> metadata_buffers;  // the nameless metadata of old files
  std::vector<tflite::ExternalBufferGroupT> external_buffer_groups;
  std::vector<tflite::ExternalBufferT> external_buffers;
  // Where the file held fields that the schema does not have (litert/unknown.h). Such a model can be looked at, not written:
  // nothing tells what a field of unknown type refers to.
  std::vector<std::string> unknown_fields;
};

// `options` of the type that a builtin operator takes: set_options(op, tflite::Conv2DOptionsT{…}).
template <typename Options>
void set_options(Operator& op, Options options) {
  if constexpr (tflite::BuiltinOptionsUnionTraits<Options>::enum_value != tflite::BuiltinOptions::NONE) {
    op.options.Set(std::move(options));
  } else {
    static_assert(tflite::BuiltinOptions2UnionTraits<Options>::enum_value != tflite::BuiltinOptions2::NONE);
    op.options2.Set(std::move(options));
  }
}

[[nodiscard]] TensorType to_tensor_type(DType dtype);
// Empty for types that have no arrays of values (strings, resources, 2-bit integers, …): such a constant is held as uint8.
[[nodiscard]] std::optional<DType> to_dtype(TensorType type);

}  // namespace kelt::litert
