// cli/sme2.h — which operators of a file run on SME2, for `kelt inspect --sme2`.

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "quantize/sme2.h"

namespace kelt::cli {

[[nodiscard]] std::string sme2_text(const quantize::Sme2Report& report);
[[nodiscard]] nlohmann::ordered_json sme2_json(const quantize::Sme2Report& report);

}  // namespace kelt::cli
