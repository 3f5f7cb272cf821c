#include <variant>
#include <vector>

#include "base/parse_number.h"
#include "litert/schema.h"
#include "litert/schema_text.h"
#include "tflite_generated.h"

namespace kelt::litert {
namespace {

using flatbuffers::Table;
using reflection::BaseType;

// A field's value, ready to go into its table: children are in the buffer already.
struct Value {
  const reflection::Field* field = nullptr;
  std::variant<int64_t, double, flatbuffers::Offset<void>> content;
  uint8_t kind = 0;  // of a union
};

class TableParser {
 public:
  TableParser(TextCursor& cursor, flatbuffers::FlatBufferBuilder& builder) : cursor_(cursor), builder_(builder) {}

  Result<flatbuffers::Offset<void>> table(const reflection::Object& object) {
    std::vector<Value> values;
    KELT_RETURN_IF_ERROR(cursor_.expect("{"));
    while (!cursor_.accept("}")) {
      KELT_ASSIGN_OR_RETURN(const std::string name, cursor_.name());
      const reflection::Field* const field = object.fields()->LookupByKey(name.c_str());
      if (field == nullptr) return cursor_.error(object.name()->str() + " has no field '" + name + "'");
      KELT_RETURN_IF_ERROR(cursor_.expect(":"));
      KELT_ASSIGN_OR_RETURN(Value value, field_value(*field));
      values.push_back(value);
      (void)cursor_.accept(",");
    }
    const auto start = builder_.StartTable();
    for (const Value& value : values) add(value);
    return flatbuffers::Offset<void>(builder_.EndTable(start));
  }

 private:
  Result<Value> field_value(const reflection::Field& field) {
    const reflection::Type& type = *field.type();
    Value value{.field = &field, .content = {}};
    switch (type.base_type()) {
      case BaseType::Obj: {
        KELT_ASSIGN_OR_RETURN(value.content, table(table_of(type)));
        return value;
      }
      case BaseType::String: {
        KELT_ASSIGN_OR_RETURN(const std::string text, cursor_.name());
        value.content = builder_.CreateString(text).Union();
        return value;
      }
      case BaseType::Union: return union_value(field);
      case BaseType::Vector: {
        KELT_ASSIGN_OR_RETURN(value.content, vector(type));
        return value;
      }
      default: {
        KELT_ASSIGN_OR_RETURN(value.content, scalar(type.base_type(), type.index()));
        return value;
      }
    }
  }

  Result<Value> union_value(const reflection::Field& field) {
    KELT_ASSIGN_OR_RETURN(const std::string name, cursor_.name());
    for (const reflection::EnumVal* member : *schema().enums()->Get(static_cast<unsigned>(field.type()->index()))->values()) {
      if (member->name()->string_view() != name || member->value() == 0) continue;
      KELT_ASSIGN_OR_RETURN(const flatbuffers::Offset<void> body, table(table_of(*member->union_type())));
      return Value{.field = &field, .content = body, .kind = static_cast<uint8_t>(member->value())};
    }
    return cursor_.error("there is no table '" + name + "' here");
  }

  Result<flatbuffers::Offset<void>> vector(const reflection::Type& type) {
    std::vector<std::variant<int64_t, double, flatbuffers::Offset<void>>> elements;
    KELT_RETURN_IF_ERROR(cursor_.expect("["));
    while (!cursor_.accept("]")) {
      if (type.element() == BaseType::Obj) {
        KELT_ASSIGN_OR_RETURN(const flatbuffers::Offset<void> element, table(table_of(type)));
        elements.emplace_back(element);
      } else {
        KELT_ASSIGN_OR_RETURN(const auto element, scalar(type.element(), type.index()));
        elements.push_back(element);
      }
      (void)cursor_.accept(",");
    }
    const size_t size = type.element() == BaseType::Obj ? 4 : type.element_size();
    builder_.StartVector(elements.size(), size, size);
    for (size_t i = elements.size(); i-- > 0;) push(elements[i], type.element());
    return flatbuffers::Offset<void>(builder_.EndVector(elements.size()));
  }

  Result<std::variant<int64_t, double, flatbuffers::Offset<void>>> scalar(BaseType type, int enumeration) {
    using Scalar = std::variant<int64_t, double, flatbuffers::Offset<void>>;
    KELT_ASSIGN_OR_RETURN(const std::string word, cursor_.number_word());
    if (type == BaseType::Float || type == BaseType::Double) {
      if (const std::optional<double> number = parse_number<double>(word)) return Scalar(*number);
    } else if (type == BaseType::Bool && (word == "true" || word == "false")) {
      return Scalar(int64_t{word == "true"});
    } else if (const std::optional<int64_t> number = parse_number<int64_t>(word)) {
      return Scalar(*number);
    } else if (enumeration >= 0) {
      for (const reflection::EnumVal* known : *schema().enums()->Get(static_cast<unsigned>(enumeration))->values()) {
        if (known->name()->string_view() == word) return Scalar(known->value());
      }
    }
    return cursor_.error("'" + word + "' is no value of this field");
  }

  void push(const std::variant<int64_t, double, flatbuffers::Offset<void>>& element, BaseType type) {
    if (const auto* const child = std::get_if<flatbuffers::Offset<void>>(&element)) {
      builder_.PushElement(*child);
      return;
    }
    if (const double* const real = std::get_if<double>(&element)) {
      type == BaseType::Float ? builder_.PushElement(static_cast<float>(*real)) : builder_.PushElement(*real);
      return;
    }
    const int64_t number = std::get<int64_t>(element);
    switch (type) {
      case BaseType::Bool:
      case BaseType::Byte:
      case BaseType::UByte: builder_.PushElement(static_cast<int8_t>(number)); return;
      case BaseType::Short:
      case BaseType::UShort: builder_.PushElement(static_cast<int16_t>(number)); return;
      case BaseType::Int:
      case BaseType::UInt: builder_.PushElement(static_cast<int32_t>(number)); return;
      default: builder_.PushElement(number); return;
    }
  }

  void add(const Value& value) {
    const reflection::Field& field = *value.field;
    if (const auto* const child = std::get_if<flatbuffers::Offset<void>>(&value.content)) {
      if (value.kind != 0) builder_.AddElement<uint8_t>(static_cast<flatbuffers::voffset_t>(field.offset() - 2), value.kind, 0);
      builder_.AddOffset(field.offset(), *child);
      return;
    }
    if (const double* const real = std::get_if<double>(&value.content)) {
      const double usual = field.default_real();
      if (field.type()->base_type() == BaseType::Float) {
        builder_.AddElement(field.offset(), static_cast<float>(*real), static_cast<float>(usual));
      } else {
        builder_.AddElement(field.offset(), *real, usual);
      }
      return;
    }
    const int64_t number = std::get<int64_t>(value.content);
    const int64_t usual = field.default_integer();
    switch (field.type()->base_type()) {
      case BaseType::Bool:
      case BaseType::Byte:
      case BaseType::UByte: builder_.AddElement(field.offset(), static_cast<int8_t>(number), static_cast<int8_t>(usual)); return;
      case BaseType::Short:
      case BaseType::UShort: builder_.AddElement(field.offset(), static_cast<int16_t>(number), static_cast<int16_t>(usual)); return;
      case BaseType::Int:
      case BaseType::UInt: builder_.AddElement(field.offset(), static_cast<int32_t>(number), static_cast<int32_t>(usual)); return;
      default: builder_.AddElement(field.offset(), number, usual); return;
    }
  }

  TextCursor& cursor_;
  flatbuffers::FlatBufferBuilder& builder_;
};

Result<const void*> parse_root(std::string_view name, TextCursor& cursor, flatbuffers::FlatBufferBuilder& builder) {
  KELT_ASSIGN_OR_RETURN(const flatbuffers::Offset<void> root, TableParser(cursor, builder).table(schema_table(name)));
  builder.Finish(root);
  return static_cast<const void*>(flatbuffers::GetRoot<Table>(builder.GetBufferPointer()));
}

}  // namespace

Result<tflite::BuiltinOptionsUnion> parse_options(tflite::BuiltinOptions type, TextCursor& cursor) {
  flatbuffers::FlatBufferBuilder builder;
  KELT_ASSIGN_OR_RETURN(const void* table, parse_root(EnumNameBuiltinOptions(type), cursor, builder));
  tflite::BuiltinOptionsUnion options;
  options.type = type;
  options.value = tflite::BuiltinOptionsUnion::UnPack(table, type, nullptr);
  return options;
}

Result<tflite::BuiltinOptions2Union> parse_options2(tflite::BuiltinOptions2 type, TextCursor& cursor) {
  flatbuffers::FlatBufferBuilder builder;
  KELT_ASSIGN_OR_RETURN(const void* table, parse_root(EnumNameBuiltinOptions2(type), cursor, builder));
  tflite::BuiltinOptions2Union options;
  options.type = type;
  options.value = tflite::BuiltinOptions2Union::UnPack(table, type, nullptr);
  return options;
}

Result<tflite::QuantizationParametersT> parse_quantization(TextCursor& cursor) {
  flatbuffers::FlatBufferBuilder builder;
  KELT_ASSIGN_OR_RETURN(const void* table, parse_root("QuantizationParameters", cursor, builder));
  tflite::QuantizationParametersT quantization;
  static_cast<const tflite::QuantizationParameters*>(table)->UnPackTo(&quantization);
  return quantization;
}

}  // namespace kelt::litert
