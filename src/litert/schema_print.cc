#include <algorithm>
#include <cmath>
#include <vector>

#include "litert/number_text.h"
#include "litert/schema.h"
#include "litert/schema_text.h"
#include "tflite_generated.h"

namespace kelt::litert {
namespace {

using flatbuffers::Table;
using reflection::BaseType;

std::string json_string(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += std::string("\\u00") + kDigits[static_cast<unsigned char>(c) >> 4] + kDigits[c & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

class Printer {
 public:
  explicit Printer(TextStyle style) : json_(style == TextStyle::kJson) {}

  std::string table(const Table& table, const reflection::Object& object) const {
    std::vector<const reflection::Field*> fields(object.fields()->begin(), object.fields()->end());
    std::ranges::sort(fields, {}, [](const reflection::Field* field) { return field->id(); });
    std::string text;
    for (const reflection::Field* field : fields) {
      if (!table.CheckField(field->offset()) || field->type()->base_type() == BaseType::UType) continue;
      const std::string name = field->name()->str();
      text += (text.empty() ? "" : ", ") + (json_ ? json_string(name) : name) + ": " + value(table, *field);
    }
    return "{" + text + "}";
  }

 private:
  std::string value(const Table& table, const reflection::Field& field) const {
    const reflection::Type& type = *field.type();
    switch (type.base_type()) {
      case BaseType::Obj: return this->table(*table.GetPointer<const Table*>(field.offset()), table_of(type));
      case BaseType::String: return json_string(table.GetPointer<const flatbuffers::String*>(field.offset())->string_view());
      case BaseType::Union: return union_value(table, field);
      case BaseType::Vector: return vector(table, field);
      default: return scalar(table.GetStruct<const uint8_t*>(field.offset()), type.base_type(), type.index());
    }
  }

  std::string union_value(const Table& table, const reflection::Field& field) const {
    const auto kind = table.GetField<uint8_t>(static_cast<flatbuffers::voffset_t>(field.offset() - 2), 0);
    const reflection::EnumVal* const member = union_member(*field.type(), kind);
    if (member == nullptr || kind == 0) return json_ ? "null" : "{}";
    const std::string body = this->table(*table.GetPointer<const Table*>(field.offset()), table_of(*member->union_type()));
    return json_ ? "{" + json_string(member->name()->str()) + ": " + body + "}" : member->name()->str() + body;
  }

  std::string vector(const Table& table, const reflection::Field& field) const {
    const reflection::Type& type = *field.type();
    std::string text;
    const auto* const bytes = table.GetPointer<const flatbuffers::Vector<uint8_t>*>(field.offset());
    for (unsigned i = 0; i < bytes->size(); ++i) {
      const bool tables = type.element() == BaseType::Obj;
      const auto* const element = bytes->Data() + size_t{i} * (tables ? 4 : type.element_size());
      text += text.empty() ? "" : ", ";
      text += tables ? this->table(*reinterpret_cast<const Table*>(element + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(element)),
                                   table_of(type))
                     : scalar(element, type.element(), type.index());
    }
    return "[" + text + "]";
  }

  std::string scalar(const uint8_t* at, BaseType type, int enumeration) const {
    switch (type) {
      case BaseType::Bool: return flatbuffers::ReadScalar<uint8_t>(at) != 0 ? "true" : "false";
      case BaseType::Float: return real(flatbuffers::ReadScalar<float>(at));
      case BaseType::Double: return real(flatbuffers::ReadScalar<double>(at));
      case BaseType::ULong: return number_text(flatbuffers::ReadScalar<uint64_t>(at));
      default: break;
    }
    const int64_t number = integer(at, type);
    if (enumeration >= 0) {
      const auto* const known = schema().enums()->Get(static_cast<unsigned>(enumeration))->values()->LookupByKey(number);
      if (known != nullptr) return json_ ? json_string(known->name()->str()) : known->name()->str();
    }
    return number_text(number);
  }

  // JSON has no infinities: they become strings.
  template <typename T>
  std::string real(T number) const {
    const bool finite = std::isfinite(number);
    return json_ && !finite ? json_string(number_text(number)) : number_text(number);
  }

  static int64_t integer(const uint8_t* at, BaseType type) {
    switch (type) {
      case BaseType::Byte: return flatbuffers::ReadScalar<int8_t>(at);
      case BaseType::UType:
      case BaseType::UByte: return flatbuffers::ReadScalar<uint8_t>(at);
      case BaseType::Short: return flatbuffers::ReadScalar<int16_t>(at);
      case BaseType::UShort: return flatbuffers::ReadScalar<uint16_t>(at);
      case BaseType::Int: return flatbuffers::ReadScalar<int32_t>(at);
      case BaseType::UInt: return flatbuffers::ReadScalar<uint32_t>(at);
      default: return flatbuffers::ReadScalar<int64_t>(at);
    }
  }

  bool json_;
};

template <typename T>
std::string print_root(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<T> root, std::string_view name, TextStyle style) {
  builder.Finish(root);
  return Printer(style).table(*flatbuffers::GetRoot<Table>(builder.GetBufferPointer()), schema_table(name));
}

}  // namespace

std::string table_text(const tflite::BuiltinOptionsUnion& options, TextStyle style) {
  if (options.type == tflite::BuiltinOptions::NONE) return "{}";
  flatbuffers::FlatBufferBuilder builder;
  const auto root = options.Pack(builder);
  return print_root(builder, root, EnumNameBuiltinOptions(options.type), style);
}

std::string table_text(const tflite::BuiltinOptions2Union& options, TextStyle style) {
  if (options.type == tflite::BuiltinOptions2::NONE) return "{}";
  flatbuffers::FlatBufferBuilder builder;
  const auto root = options.Pack(builder);
  return print_root(builder, root, EnumNameBuiltinOptions2(options.type), style);
}

std::string table_text(const tflite::QuantizationParametersT& quantization, TextStyle style) {
  flatbuffers::FlatBufferBuilder builder;
  const auto root = tflite::QuantizationParameters::Pack(builder, &quantization);
  return print_root(builder, root, "QuantizationParameters", style);
}

}  // namespace kelt::litert
