// litert/sources.h — which tensor equals which value of the source graph, kept in the file as the metadata "kelt.sources".
//
// verify compares these. The entry is about one byte a tensor: per subgraph the source function and the number of tensors,
// then for each tensor the value as its distance from the one before; runs of tensors without a value are counted. All numbers
// are LEB128, distances zigzag.

#pragma once

#include "litert/model.h"

namespace kelt::litert {

inline constexpr char kSourcesName[] = "kelt.sources";

// Adds the entry, or replaces it. A subgraph has sources in one function; those in others are not kept.
void store_sources(Model& model);
// Sets the `source` of every tensor that has one. Does nothing in a file of another converter.
[[nodiscard]] Result<void> restore_sources(Model& model);

}  // namespace kelt::litert
