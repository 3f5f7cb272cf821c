// cli/delegation.h — what XNNPACK took of a signature, and why it left the others: for `kelt run` and `kelt inspect --delegation`.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "observe/outside.h"
#include "runtime/trial.h"

namespace kelt::cli {

// Partitions, and the nodes outside with their reasons (of `observe::reasons_outside`): those alike on a line.
[[nodiscard]] std::string delegation_text(const runtime::Delegation& delegation, const std::vector<observe::Reason>& reasons);
[[nodiscard]] nlohmann::ordered_json outside_json(const runtime::Delegation& delegation, const std::vector<observe::Reason>& reasons);

}  // namespace kelt::cli
