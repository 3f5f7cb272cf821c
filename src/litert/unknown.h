// litert/unknown.h — walks a whole flatbuffer along the schema: finds what the schema does not know, and references to
// subgraphs that aren't there. New tables and options need no code here.

#pragma once

#include <string>
#include <vector>

#include "litert/model.h"

namespace kelt::litert {

// "model.subgraphs[0].operators[3].builtin_options: field 9 of Conv2DOptions", for every field, union member or operator code
// beyond the schema. `root` has passed FlatBuffers' verifier. Fails on unions without a value, on subgraphs out of
// range, and on vectors shared so often that the model would be far larger than the file.
[[nodiscard]] Result<std::vector<std::string>> find_unknown_fields(const tflite::Model& root, uint64_t file_size);

}  // namespace kelt::litert
