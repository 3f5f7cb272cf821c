// base/disjoint_sets.h — numbers that are found to be of one set.

#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace kelt {

class DisjointSets {
 public:
  // A set of its own; numbers count from 0.
  size_t add() {
    parents_.push_back(parents_.size());
    return parents_.back();
  }
  // The smallest number of the set.
  [[nodiscard]] size_t root(size_t at) const {
    while (parents_[at] != at) at = parents_[at];
    return at;
  }
  void join(size_t a, size_t b) {
    const auto [first, second] = std::minmax({root(a), root(b)});  // values, not references
    parents_[second] = first;
  }

 private:
  std::vector<size_t> parents_;
};

}  // namespace kelt
