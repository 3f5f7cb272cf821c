// litert/schema_text.h — tables of the schema as JSON-like text and back, by FlatBuffers' own reflection: a field that the
// schema gains needs no code here.

#pragma once

#include <string>
#include <string_view>

#include "flatbuffers/idl.h"
#include "litert/model.h"

namespace kelt::litert {

// Holds the parsed schema (about a millisecond to make): make one for a whole model.
class SchemaText {
 public:
  SchemaText();

  // "{stride_w: 2, padding: VALID}"; fields at their defaults are left out; "{}" for a table without content.
  [[nodiscard]] std::string print(const tflite::BuiltinOptionsUnion& options) const;
  [[nodiscard]] std::string print(const tflite::BuiltinOptions2Union& options) const;
  [[nodiscard]] std::string print(const tflite::QuantizationParametersT& quantization) const;

  [[nodiscard]] Result<tflite::BuiltinOptionsUnion> parse_options(tflite::BuiltinOptions type, std::string_view text);
  [[nodiscard]] Result<tflite::BuiltinOptions2Union> parse_options2(tflite::BuiltinOptions2 type, std::string_view text);
  [[nodiscard]] Result<tflite::QuantizationParametersT> parse_quantization(std::string_view text);

 private:
  [[nodiscard]] std::string print_table(const char* name, flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<void> root) const;
  [[nodiscard]] Result<const void*> parse_table(const std::string& name, std::string_view text);

  mutable flatbuffers::Parser parser_;  // printing only selects the root table
};

}  // namespace kelt::litert
