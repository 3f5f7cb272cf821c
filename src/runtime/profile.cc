#include "runtime/profile.h"

#include <set>
#include <utility>

namespace kelt::runtime {

// A partition leaves no event of its own, only those of the operators that XNNPACK made of it, numbered from 0 and without
// their subgraph. So a partition is known by its place within an invocation of the subgraph that is running: in a loop it
// comes back the same.
Delegation delegation(std::span<const Event> events) {
  struct Running {
    int64_t subgraph = 0;
    int partitions = 0;
  };
  std::vector<Running> running;
  std::set<std::pair<int64_t, int64_t>> partitions;
  std::set<std::pair<int64_t, int64_t>> nodes;
  Delegation result;
  bool inside = false;  // a partition that was not seen before
  for (const Event& event : events) {
    switch (event.kind) {
      case EventKind::kSubgraph:
        if (event.node >= 0) {
          running.push_back({event.subgraph, 0});
        } else if (!running.empty()) {
          running.pop_back();
        }
        break;
      case EventKind::kDelegateOperator:
        if (event.node == 0) inside = !running.empty() && partitions.emplace(running.back().subgraph, running.back().partitions++).second;
        if (inside) result.inside.push_back(event.name);
        break;
      case EventKind::kOperator:
        if (nodes.emplace(event.subgraph, event.node).second) result.outside.push_back({event.subgraph, event.node, event.name});
        break;
      case EventKind::kOther: break;
    }
  }
  result.partitions = static_cast<int>(partitions.size());
  return result;
}

}  // namespace kelt::runtime
