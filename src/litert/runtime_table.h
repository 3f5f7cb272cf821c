// litert/runtime_table.h — what the runtime can do with an operator: a view of the table that tools/probe_runtime measured.
//
// The table is data/runtime_table.csv (docs/runtime_table.md explains it); it is compiled in. It holds what was tried, no more:
// ask for a form that stands in it, or for the worst of all forms.

#pragma once

#include <string_view>

#include "litert/model.h"

namespace kelt::litert {

inline constexpr int kHighestRankTried = 6;

// From best to worst.
enum class Verdict {
  kDelegated,  // right, and taken by XNNPACK
  kRight,
  kLate,  // right inside a graph; its size is known too late to be an output, and what follows it is not delegated
  kUntried,
  kRejected,
  kWrong,
  kCrashed,
};

struct Support {
  Verdict litert = Verdict::kUntried;       // in libLiteRt
  Verdict interpreter = Verdict::kUntried;  // in the Interpreter: never kDelegated or kLate
};

struct Question {
  BuiltinOperator op = BuiltinOperator::CUSTOM;
  TensorType dtype = TensorType::FLOAT32;  // of the first tensor that is no index or condition
  bool dynamic = false;                    // dims that are not known when the file is written
  std::string_view form = {};              // a form of the table; empty: the worst of all
};

[[nodiscard]] Support runtime_support(const Question& question, int rank);
// Gives right numbers inside a graph, in both runtimes.
[[nodiscard]] bool runs(const Question& question, int rank);
// The highest rank up to which it runs at every rank that was tried; -1: at none.
[[nodiscard]] int highest_rank(const Question& question);
// The highest version that the runtime has registered; 0: the operator is not there.
[[nodiscard]] int highest_version(BuiltinOperator op);

}  // namespace kelt::litert
