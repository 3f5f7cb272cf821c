// optimize/pipeline.cc — the passes in their order.

#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

constexpr Step kPipeline[] = {
    {"remove_dead", remove_dead, "what nothing reads need not be looked at, and keeps others from being the only reader"},
    {"widen_halves", widen_halves, "a cast on either side of an operator keeps all that follows from finding it"},
    {"fold_constants", fold_constants, "scales, masks and weights must be constants before anything can take them in"},
    {"cancel_transposes", cancel_transposes, "so that what stands on both sides of a layout change meets"},
    {"cancel_reshapes", cancel_reshapes, "likewise"},
    {"keep_height", keep_height, "what follows a convolution of rows stands behind a reshape, out of reach for the folds"},
    {"move_layout", move_layout, "likewise, behind what lays out a transposed convolution; a row's is a reshape by now"},
    {"fuse_adjoint", fuse_adjoint, "after transposes have met, what is left may go into a matmul"},
    {"connect_constants", connect_constants, "weights that were computed are constants by now, and take a bias then"},
    {"fuse_bias", fuse_bias, "the bias of a layer first, then what a normalisation adds"},
    {"fold_scale", fold_scale, "a normalisation's scale; its shift follows as a bias in the next round"},
    {"fuse_padding", fuse_padding, "before an affine is folded forward, which padding would forbid"},
    {"fold_preceding_affine", fold_preceding_affine, "only what could not go backwards goes forwards"},
    {"split_heads", split_heads, "a bias and a scale are folded by now; the transposes that it makes meet others in the next round"},
    {"merge_equal", merge_equal, "the folds above need to be the only reader; a fused activation tells apart what is equal", true},
    {"fuse_activation", fuse_activation, "a fused activation closes an operator to all of the above", true},
    {"cast_late", cast_late, "equal masks are one by now: none is still to be found equal by its parts", true},
    {"restore_integers", restore_integers, "the passes above work on floats, as transposes and folds need them", true},
    {"store_halves", store_halves, "weights are constants of float32 for all of the above", true},
    {"remove_dead", remove_dead, "what the passes left behind", true},
    {"lead_with_integers", lead_with_integers, "an order of what is left, which nothing after it may disturb", true},
};

// A chain of normalisations longer than this keeps its tail: a bound against passes that undo each other.
constexpr int kRounds = 8;

Result<bool> run(const Step& step, litert::Model& model, const Options& options) {
  return step.pass(model, options).note("in the pass " + std::string(step.name));
}

}  // namespace

std::span<const Step> pipeline() { return kPipeline; }

Result<void> run_pipeline(litert::Model& model, const Options& options) {
  bool changed = true;
  for (int round = 0; round < kRounds && changed; ++round) {
    changed = false;
    for (const Step& step : kPipeline) {
      if (step.once) continue;
      KELT_ASSIGN_OR_RETURN(const bool found, run(step, model, options));
      changed |= found;
    }
  }
  for (const Step& step : kPipeline) {
    if (step.once) KELT_RETURN_IF_ERROR(run(step, model, options));
  }
  return {};
}

}  // namespace kelt::optimize
