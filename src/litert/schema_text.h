// litert/schema_text.h — tables of the schema as text and back, by reflection on the schema that is compiled in: a field that
// the schema gains needs no code here. (FlatBuffers' own text parser is only to be had as a static library that
// is not position-independent.)

#pragma once

#include <string>

#include "litert/model.h"
#include "litert/text_cursor.h"

namespace kelt::litert {

enum class TextStyle { kText, kJson };

// "{stride_w: 2, padding: VALID}", or the same as JSON. Fields at their defaults are left out; "{}" if nothing remains.
[[nodiscard]] std::string table_text(const tflite::BuiltinOptionsUnion& options, TextStyle style = TextStyle::kText);
[[nodiscard]] std::string table_text(const tflite::BuiltinOptions2Union& options, TextStyle style = TextStyle::kText);
[[nodiscard]] std::string table_text(const tflite::QuantizationParametersT& quantization, TextStyle style = TextStyle::kText);

// From the text style: reads "{…}" at the cursor.
[[nodiscard]] Result<tflite::BuiltinOptionsUnion> parse_options(tflite::BuiltinOptions type, TextCursor& cursor);
[[nodiscard]] Result<tflite::BuiltinOptions2Union> parse_options2(tflite::BuiltinOptions2 type, TextCursor& cursor);
[[nodiscard]] Result<tflite::QuantizationParametersT> parse_quantization(TextCursor& cursor);

}  // namespace kelt::litert
