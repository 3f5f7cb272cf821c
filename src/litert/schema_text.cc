#include "litert/schema_text.h"

#include "tflite_bfbs_generated.h"

namespace kelt::litert {
namespace {

flatbuffers::IDLOptions text_options() {
  flatbuffers::IDLOptions options;
  options.strict_json = false;  // no quotes around the names of fields
  options.indent_step = -1;     // one line
  options.output_default_scalars_in_json = false;
  options.output_enum_identifiers = true;
  return options;
}

Error unreadable(std::string_view table, std::string_view cause) {
  return {.code = Code::kInvalidArgument, .what = "the text of " + std::string(table) + " can't be read: " + std::string(cause)};
}

}  // namespace

SchemaText::SchemaText() : parser_(text_options()) {
  if (!parser_.Deserialize(tflite::ModelBinarySchema::data(), tflite::ModelBinarySchema::size())) std::abort();
}

std::string SchemaText::print_table(const char* name, flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<void> root) const {
  builder.Finish(root);
  const std::string full = std::string("tflite.") + name;
  std::string text;
  if (!parser_.SetRootType(full.c_str()) || flatbuffers::GenText(parser_, builder.GetBufferPointer(), &text) != nullptr) std::abort();
  return text;
}

std::string SchemaText::print(const tflite::BuiltinOptionsUnion& options) const {
  if (options.type == tflite::BuiltinOptions::NONE) return "{}";
  flatbuffers::FlatBufferBuilder builder;
  const auto root = options.Pack(builder);
  return print_table(EnumNameBuiltinOptions(options.type), builder, root);
}

std::string SchemaText::print(const tflite::BuiltinOptions2Union& options) const {
  if (options.type == tflite::BuiltinOptions2::NONE) return "{}";
  flatbuffers::FlatBufferBuilder builder;
  const auto root = options.Pack(builder);
  return print_table(EnumNameBuiltinOptions2(options.type), builder, root);
}

std::string SchemaText::print(const tflite::QuantizationParametersT& quantization) const {
  flatbuffers::FlatBufferBuilder builder;
  const auto root = tflite::QuantizationParameters::Pack(builder, &quantization);
  return print_table("QuantizationParameters", builder, root.Union());
}

Result<const void*> SchemaText::parse_table(const std::string& name, std::string_view text) {
  if (!parser_.SetRootType(("tflite." + name).c_str())) return unreadable(name, "no such table");
  if (!parser_.ParseJson(std::string(text).c_str())) return unreadable(name, parser_.error_);
  return static_cast<const void*>(flatbuffers::GetRoot<uint8_t>(parser_.builder_.GetBufferPointer()));
}

Result<tflite::BuiltinOptionsUnion> SchemaText::parse_options(tflite::BuiltinOptions type, std::string_view text) {
  KELT_ASSIGN_OR_RETURN(const void* table, parse_table(EnumNameBuiltinOptions(type), text));
  tflite::BuiltinOptionsUnion options;
  options.type = type;
  options.value = tflite::BuiltinOptionsUnion::UnPack(table, type, nullptr);
  return options;
}

Result<tflite::BuiltinOptions2Union> SchemaText::parse_options2(tflite::BuiltinOptions2 type, std::string_view text) {
  KELT_ASSIGN_OR_RETURN(const void* table, parse_table(EnumNameBuiltinOptions2(type), text));
  tflite::BuiltinOptions2Union options;
  options.type = type;
  options.value = tflite::BuiltinOptions2Union::UnPack(table, type, nullptr);
  return options;
}

Result<tflite::QuantizationParametersT> SchemaText::parse_quantization(std::string_view text) {
  KELT_ASSIGN_OR_RETURN(const void* table, parse_table("QuantizationParameters", text));
  tflite::QuantizationParametersT quantization;
  static_cast<const tflite::QuantizationParameters*>(table)->UnPackTo(&quantization);
  return quantization;
}

}  // namespace kelt::litert
