// cli/faults.h — what is wrong with a quantized file, for `kelt inspect`.

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "litert/model.h"

namespace kelt::cli {

// Empty where nothing is.
[[nodiscard]] std::string faults_text(const litert::Model& model);
[[nodiscard]] nlohmann::ordered_json faults_json(const litert::Model& model);

}  // namespace kelt::cli
