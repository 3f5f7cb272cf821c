#include "optimize/min_cut.h"

#include <algorithm>

namespace kelt::optimize {
namespace {

constexpr int kNotReached = -1;
constexpr int kStart = -2;

}  // namespace

int MinCut::add_node() {
  leaving_.emplace_back();
  return static_cast<int>(leaving_.size()) - 1;
}

void MinCut::add_edge(int from, int to, int64_t cost) {
  leaving_[static_cast<size_t>(from)].push_back(static_cast<int>(edges_.size()));
  edges_.push_back({to, cost});
  leaving_[static_cast<size_t>(to)].push_back(static_cast<int>(edges_.size()));
  edges_.push_back({from, 0});
}

std::vector<int> MinCut::reach() const {
  std::vector<int> by(leaving_.size(), kNotReached);
  by[kSource] = kStart;
  std::vector<int> queue = {kSource};
  for (size_t next = 0; next < queue.size(); ++next) {
    for (const int edge : leaving_[static_cast<size_t>(queue[next])]) {
      const auto& [to, left] = edges_[static_cast<size_t>(edge)];
      if (left == 0 || by[static_cast<size_t>(to)] != kNotReached) continue;
      by[static_cast<size_t>(to)] = edge;
      queue.push_back(to);
    }
  }
  return by;
}

std::vector<bool> MinCut::solve() {
  std::vector<int> by = reach();
  for (; by[kSink] != kNotReached; by = reach()) {
    const auto reversed = [](int edge) { return static_cast<size_t>(edge ^ 1); };
    const auto along = [&](auto visit) {
      for (int node = kSink; node != kSource; node = edges_[reversed(by[static_cast<size_t>(node)])].to)
        visit(by[static_cast<size_t>(node)]);
    };
    int64_t flow = kNever;
    along([&](int edge) { flow = std::min(flow, edges_[static_cast<size_t>(edge)].left); });
    along([&](int edge) {
      edges_[static_cast<size_t>(edge)].left -= flow;
      edges_[reversed(edge)].left += flow;
    });
  }
  std::vector<bool> with_source;
  for (const int edge : by) with_source.push_back(edge != kNotReached);
  return with_source;
}

}  // namespace kelt::optimize
