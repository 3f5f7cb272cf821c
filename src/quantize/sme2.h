// quantize/sme2.h — which operators of a file run on Arm's SME2: KleidiAI's kernels reach LiteRT through XNNPACK for the forms of one table
// (sme2.cc), and for no others.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "litert/model.h"

namespace kelt::quantize {

struct Sme2Operator {
  int subgraph = 0;
  size_t op = 0;
  std::string name;    // "CONV_2D"
  std::string tensor;  // that it computes
  std::string row;     // of the table: "fp32 × int8 per channel → fp32"; empty: in none
  std::string why;     // it is in none
  std::string recipe;  // that would bring it in; empty: none does
  std::optional<uint64_t> multiply_adds;
};

struct Sme2Report {
  std::vector<Sme2Operator> operators;  // those that multiply matrices or convolve
  size_t others = 0;                    // that do neither
  size_t in = 0;                        // of `operators`
  std::optional<double> share;          // of the multiply-adds, for one sample; empty where sizes are open
};

[[nodiscard]] Sme2Report sme2_of(const litert::Model& model);

// "FULLY_CONNECTED: fp32 × fp32 → fp32", a line a row of the table.
[[nodiscard]] std::vector<std::string> sme2_rows();

}  // namespace kelt::quantize
