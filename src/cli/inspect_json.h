// cli/inspect_json.h — everything that a file says, as JSON; weights by their size only.

#pragma once

#include <nlohmann/json.hpp>

#include "litert/model.h"

namespace kelt::cli {

[[nodiscard]] nlohmann::ordered_json inspect_json(const litert::Model& model, const std::string& path, uint64_t file_bytes);
// What metadata says, where it is text: the zeros at its end aside.
[[nodiscard]] std::optional<std::string> metadata_text(const litert::Metadata& metadata);

}  // namespace kelt::cli
