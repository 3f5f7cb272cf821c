// optimize/min_cut.h — the cheapest way to part the nodes of a graph in two, by the largest flow between them.

#pragma once

#include <cstdint>
#include <vector>

namespace kelt::optimize {

class MinCut {
 public:
  static constexpr int kSource = 0;
  static constexpr int kSink = 1;
  static constexpr int64_t kNever = int64_t{1} << 60;  // an edge that no cut may take

  int add_node();
  // What it costs to have `from` on the source's side and `to` on the sink's.
  void add_edge(int from, int to, int64_t cost);
  // Whether each node stands on the source's side. Of the cheapest ways, the one with the fewest nodes there.
  [[nodiscard]] std::vector<bool> solve();

 private:
  struct Edge {
    int to;
    int64_t left;  // what more can flow
  };
  // The edge by which a node is reached first from the source; -1 where it is not reached.
  [[nodiscard]] std::vector<int> reach() const;

  std::vector<Edge> edges_;                                                   // each followed by its reverse
  std::vector<std::vector<int>> leaving_ = std::vector<std::vector<int>>(2);  // of each node
};

}  // namespace kelt::optimize
