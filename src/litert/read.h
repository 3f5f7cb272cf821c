// litert/read.h — any .tflite becomes a Model. Its constants stay where they are: ranges of the file.
//
// Nothing of the file is believed: FlatBuffers' verifier, then every index, range, shape and size (litert/check.h). What the
// schema does not know is listed in Model::unknown_fields.

#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "litert/model.h"

namespace kelt {
class MappedFile;
}

namespace kelt::litert {

[[nodiscard]] Result<Model> read_model(const std::filesystem::path& path);
[[nodiscard]] Result<Model> read_model(const std::shared_ptr<const MappedFile>& file);
// From memory that `owner` keeps alive, or that outlives the model.
[[nodiscard]] Result<Model> read_model(std::span<const std::byte> bytes, std::shared_ptr<const void> owner = nullptr);

}  // namespace kelt::litert
