#include "cli/delegation.h"

#include <algorithm>

#include "cli/table.h"

namespace kelt::cli {

std::string delegation_text(const runtime::Delegation& delegation, const std::vector<observe::Reason>& reasons) {
  struct Kind {
    std::string op;
    const observe::Reason* reason;
    int count;
  };
  std::vector<Kind> kinds;
  for (size_t i = 0; i < reasons.size(); ++i) {
    const std::string& op = delegation.outside[i].name;
    const auto same = std::ranges::find_if(kinds, [&](const Kind& kind) { return kind.op == op && kind.reason->why == reasons[i].why; });
    if (same == kinds.end()) {
      kinds.push_back({op, &reasons[i], 1});
    } else {
      ++same->count;
    }
  }
  Table table;
  for (const Kind& kind : kinds) {
    const std::string remedy = kind.reason->remedy.empty() ? "" : ". " + kind.reason->remedy;
    table.row({"    " + kind.op, std::to_string(kind.count), kind.reason->why + remedy});
  }
  return "  XNNPACK partitions: " + std::to_string(delegation.partitions) + ", nodes outside: " + std::to_string(reasons.size()) + "\n" +
         table.text();
}

nlohmann::ordered_json outside_json(const runtime::Delegation& delegation, const std::vector<observe::Reason>& reasons) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (size_t i = 0; i < reasons.size(); ++i) {
    const runtime::Outside& node = delegation.outside[i];
    json.push_back({{"subgraph", node.subgraph},
                    {"op", node.op},
                    {"name", node.name},
                    {"tensor", reasons[i].tensor},
                    {"why", reasons[i].why},
                    {"remedy", reasons[i].remedy}});
  }
  return json;
}

}  // namespace kelt::cli
