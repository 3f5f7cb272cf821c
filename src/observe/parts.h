// observe/parts.h — a signature of a file, run in parts: the operators in order of execution, a few at a time in memory.
//
// A runtime packs the weights of all that it opens, which takes about the memory of the file. So each part is a model of its own
// over the same file: it is opened, run on the tensors that the parts before it have made, and closed.

#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "observe/observe.h"

namespace kelt::observe {

inline constexpr std::string_view kPart = "part";  // the key of a part's signature

struct Part {
  litert::Model model;  // of one signature; its ports are named after the tensors
  // Of the signature's subgraph, one for each port. A part that computes nothing but what is read inside of it has no outputs.
  std::vector<litert::TensorId> inputs;
  std::vector<litert::TensorId> outputs;
  uint64_t bytes = 0;  // of its constants
};

// The operators before which the signature can be cut: not where a tensor is alive that can't be given to another model (of a
// size that follows from values, strings). The error (kUnsupported) says why there can be no parts: states.
[[nodiscard]] Result<std::vector<size_t>> possible_cuts(const litert::Model& model, const litert::Signature& signature);

// Of the possible cuts the fewest, so that the constants of a part, those of the subgraphs that it runs among them, have at most
// `most_bytes`, or the part is as short as can be.
[[nodiscard]] Result<std::vector<size_t>> cuts_for(const litert::Model& model, const litert::Signature& signature, uint64_t most_bytes);

// The parts between these cuts, in ascending order. What is computed from nothing but shapes or constants is computed again in
// each part that reads it (flow.h). Tensors that are to be `seen` are outputs of the parts that compute them, too.
[[nodiscard]] Result<std::vector<Part>> parts_at(const litert::Model& model, const litert::Signature& signature,
                                                 std::span<const size_t> cuts, const std::set<litert::TensorId>& seen = {});

// The outputs of the signature, in its order. Holds one part, and the tensors that are still to be read.
[[nodiscard]] Result<std::vector<runtime::Output>> run_parts(const runtime::Runtime& runtime, const File& file,
                                                             const litert::Signature& signature, std::span<const Part> parts,
                                                             std::span<const runtime::Input> inputs,
                                                             const runtime::OpenOptions& options = {});

// observe() of places, with at most `most_bytes` of constants in memory (0: any number): in parts, each of them opened once for all
// samples, where the file can be cut. Then only places of the signature's own subgraph are handed out, and of a part with one that the
// runtime can't give those alone that others are computed from.
[[nodiscard]] Result<void> observe_within(uint64_t most_bytes, const runtime::Runtime& runtime, const File& file,
                                          const litert::Signature& signature, std::span<const Place> places,
                                          std::span<const Sample> samples, const Observer& observer,
                                          const runtime::OpenOptions& options = {});

}  // namespace kelt::observe
