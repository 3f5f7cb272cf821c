// quantize/validate.h — the rules that a quantized file keeps, and where one breaks them. For the files that kelt writes, and for those of
// other tools. The rules stand in one table in validate.cc, numbered; each was seen in the runtime or stands in LiteRT's 8-bit
// specification.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "litert/model.h"

namespace kelt::quantize {

struct Fault {
  std::string rule;  // "Q7"
  int subgraph = 0;
  size_t op = 0;       // that has the tensor; index into the subgraph's operators
  std::string tensor;  // its name, if it is one tensor's
  std::string what;
  std::string remedy;
};

struct RuleText {
  const char* name;  // "Q7"
  const char* says;
};

[[nodiscard]] std::span<const RuleText> rules_of_quantization();

// What stands in a file as it is read: versions of operators and `min_runtime_version` that are lower than what they promise. kelt sets
// both when it writes a file.
[[nodiscard]] std::vector<Fault> version_faults_of(const litert::Model& model);
// Whether the rules of constants' values are looked at: weights beside int8 activations, scales of blocks. They are read in slices; where
// they are computed as they are read, that is the work of quantizing them once more.
enum class Values { kRead, kLeave };
// In the order of the operators.
[[nodiscard]] std::vector<Fault> faults_of(const litert::Model& model, Values values = Values::kRead);
// "CONV_2D (subgraph 0, operator 3), tensor w: …. Remedy (Q7)": a line for people.
[[nodiscard]] std::string in_words(const Fault& fault, const litert::Model& model);

}  // namespace kelt::quantize
