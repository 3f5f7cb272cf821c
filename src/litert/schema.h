// litert/schema.h — the schema itself, as reflection sees it.

#pragma once

#include <string_view>

#include "flatbuffers/reflection_generated.h"

namespace kelt::litert {

[[nodiscard]] const reflection::Schema& schema();
// A table of the schema by its name without the namespace; it has to exist.
[[nodiscard]] const reflection::Object& schema_table(std::string_view name);
[[nodiscard]] const reflection::Object& table_of(const reflection::Type& type);
// The member of a union that `type` selects; null for one that the schema doesn't have.
[[nodiscard]] const reflection::EnumVal* union_member(const reflection::Type& field, uint8_t type);

}  // namespace kelt::litert
