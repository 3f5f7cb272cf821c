#include "litert/schema.h"

#include <string>

#include "flatbuffers/flatbuffers.h"
#include "tflite_bfbs_generated.h"

namespace kelt::litert {

const reflection::Schema& schema() { return *reflection::GetSchema(tflite::ModelBinarySchema::data()); }

const reflection::Object& schema_table(std::string_view name) {
  const reflection::Object* const table = schema().objects()->LookupByKey(("tflite." + std::string(name)).c_str());
  if (table == nullptr) std::abort();
  return *table;
}

const reflection::Object& table_of(const reflection::Type& type) { return *schema().objects()->Get(static_cast<unsigned>(type.index())); }

const reflection::EnumVal* union_member(const reflection::Type& field, uint8_t type) {
  return schema().enums()->Get(static_cast<unsigned>(field.index()))->values()->LookupByKey(type);
}

}  // namespace kelt::litert
