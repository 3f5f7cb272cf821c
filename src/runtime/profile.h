// runtime/profile.h — what an invocation did: the profiler's events, and what they say about XNNPACK.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kelt::runtime {

enum class EventKind {
  kOperator,          // a node that a builtin kernel ran
  kDelegateOperator,  // an operator inside a partition of the delegate
  kSubgraph,          // a subgraph begins (node 0) or ends (node -1)
  kOther,
};

struct Event {
  EventKind kind = EventKind::kOther;
  std::string name;      // of the op: "CONV_2D", "Fully Connected (NC, F32) GEMM"
  int64_t node = 0;      // kOperator: index of the operator in its subgraph; kDelegateOperator: place in its partition
  int64_t subgraph = 0;  // kOperator, kSubgraph
  uint64_t elapsed_us = 0;
};

// A node that no delegate took.
struct Outside {
  int64_t subgraph = 0;
  int64_t op = 0;  // index into the subgraph's operators
  std::string name;
  friend bool operator==(const Outside&, const Outside&) = default;
};

struct Delegation {
  int partitions = 0;               // of XNNPACK, over all subgraphs that ran
  std::vector<Outside> outside;     // in order of execution, each once
  std::vector<std::string> inside;  // XNNPACK's operators, of each partition once: "Fully Connected (NC, F32) GEMM"
};

[[nodiscard]] Delegation delegation(std::span<const Event> events);

}  // namespace kelt::runtime
