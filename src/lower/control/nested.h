// lower/control/nested.h — WHILE and IF over subgraphs that are written by functions.
//
// The writer of a subgraph is given a Lowering inside of it, and takes values from around with `bring`: they become inputs of
// the subgraph by themselves, constants are written again. What a body only reads passes through a loop untouched, which costs
// nothing: the runtime hands it in by its address, as long as nobody reads the loop's output for it.
//
// Found by running (both runtimes are right in the forms written here):
// - A loop copies what its condition reads at each step: the condition gets sizes as numbers, never by a tensor that has them.
// - A body's outputs are copied in order onto its inputs: one that is another input is read when it has changed already.
// - An IF gives its branch's outputs the memory of its own: a tensor that is two outputs is written to one of them, and one that
//   was worked out while the run was prepared, as shapes and FILLs are, is not written at all.

#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

using Write = std::function<Result<std::vector<Value>>(Lowering& inside, std::span<const Value> inputs)>;

// Variables from `initial` on, by `body` as long as `condition` (one bool) holds. Gives the last ones.
Result<std::vector<Value>> emit_while(Lowering& to, std::span<const Value> initial, const Write& condition, const Write& body);

// The outputs of one of two branches, which take nothing but what they bring in.
Result<std::vector<Value>> emit_if(Lowering& to, const Value& condition, const Write& yes, const Write& no);

}  // namespace kelt::lower
