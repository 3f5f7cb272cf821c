// observe/groups.h — chosen tensors of a signature → groups, and the copy of the model in which a group's tensors are outputs.
//
// The runtime has no call that reads an intermediate tensor; one more output changes no bit of the others.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "litert/model.h"
#include "litert/place.h"

namespace kelt::observe {

using litert::Place;

// Where the value of a tensor is read: the output of this name.
struct Reading {
  Place place;
  std::string output;
};

// Tensors that one run gives.
struct Group {
  std::string signature;  // its key, in the model as in the copy
  std::vector<Reading> readings;
};

// All values of a group are in memory at once; each group is one more run.
inline constexpr size_t kGroupSize = 128;

// Every tensor whose value a run of the signature can give, in order of execution. Not: constants, inputs, tensors of a branch or
// a body, types without arrays (strings, resources).
[[nodiscard]] std::vector<Place> observable_tensors(const litert::Model& model, const litert::Signature& signature);

// In the order given, at most `size` to a group. The error says why a tensor can't be observed.
[[nodiscard]] Result<std::vector<Group>> group_tensors(const litert::Model& model, const litert::Signature& signature,
                                                       std::span<const Place> places, size_t size = kGroupSize);

// The copy: the group's signature alone, with its own outputs and the group's tensors. It holds the subgraphs that the signature
// reaches, and the same constants.
[[nodiscard]] Result<litert::Model> observed_copy(const litert::Model& model, const Group& group);

}  // namespace kelt::observe
