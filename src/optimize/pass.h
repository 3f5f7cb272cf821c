// optimize/pass.h — what a pass is, and the list of them.
//
// A pass rewrites a model in place and says whether it changed anything. It never changes what the signatures' outputs mean;
// a tensor inside whose meaning it changes loses its `source` (litert/model.h). One pass a file, each with its test.

#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "litert/model.h"

namespace kelt::optimize {

// Runs a model that has no inputs and gives its outputs, in order: how constants are folded. The runtime does it
// (runtime/evaluate.h); the pass knows only this function. Empty: constants that need computing stay as operators.
using Evaluate = std::function<Result<std::vector<Array>>(const litert::Model&)>;

struct Options {
  Evaluate evaluate;
};

using Pass = Result<bool> (*)(litert::Model& model, const Options& options);

struct Step {
  std::string_view name;
  Pass pass;
  std::string_view reason;  // why it stands where it stands
  bool once = false;        // after everything else has found no more to do
};

// In order of execution.
[[nodiscard]] std::span<const Step> pipeline();
// Repeats the steps until none finds work, then runs those that run once.
[[nodiscard]] Result<void> run_pipeline(litert::Model& model, const Options& options);

// The passes.
Result<bool> remove_dead(litert::Model& model, const Options& options);
Result<bool> widen_halves(litert::Model& model, const Options& options);
Result<bool> fold_constants(litert::Model& model, const Options& options);
Result<bool> cancel_transposes(litert::Model& model, const Options& options);
Result<bool> cancel_reshapes(litert::Model& model, const Options& options);
Result<bool> keep_height(litert::Model& model, const Options& options);
Result<bool> move_layout(litert::Model& model, const Options& options);
Result<bool> connect_constants(litert::Model& model, const Options& options);
Result<bool> fuse_bias(litert::Model& model, const Options& options);
Result<bool> fold_scale(litert::Model& model, const Options& options);
Result<bool> fold_preceding_affine(litert::Model& model, const Options& options);
Result<bool> split_heads(litert::Model& model, const Options& options);
Result<bool> merge_equal(litert::Model& model, const Options& options);
Result<bool> fuse_activation(litert::Model& model, const Options& options);
Result<bool> fuse_padding(litert::Model& model, const Options& options);
Result<bool> fuse_adjoint(litert::Model& model, const Options& options);
Result<bool> restore_integers(litert::Model& model, const Options& options);
Result<bool> store_halves(litert::Model& model, const Options& options);
Result<bool> cast_late(litert::Model& model, const Options& options);
Result<bool> lead_with_integers(litert::Model& model, const Options& options);

}  // namespace kelt::optimize
