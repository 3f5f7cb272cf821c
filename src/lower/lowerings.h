// lower/lowerings.h — every lowering that has a file of its own, by family. lower/table.cc maps ops to them.

#pragma once

#include "lower/lowering.h"

namespace kelt::lower {

// source.cc: what is not computed.
Result<void> lower_weight(const graph::Node& node, Lowering& to);
Result<void> lower_constant(const graph::Node& node, Lowering& to);

// cast.cc
Result<void> lower_cast(const graph::Node& node, Lowering& to);
Result<void> lower_stop_gradient(const graph::Node& node, Lowering& to);

// reshape.cc
Result<void> lower_reshape(const graph::Node& node, Lowering& to);

// activation.cc
Result<void> lower_leaky_relu(const graph::Node& node, Lowering& to);
Result<void> lower_elu(const graph::Node& node, Lowering& to);
Result<void> lower_celu(const graph::Node& node, Lowering& to);
Result<void> lower_selu(const graph::Node& node, Lowering& to);
Result<void> lower_gelu(const graph::Node& node, Lowering& to);
Result<void> lower_silu(const graph::Node& node, Lowering& to);
Result<void> lower_hard_sigmoid(const graph::Node& node, Lowering& to);
Result<void> lower_softplus(const graph::Node& node, Lowering& to);
Result<void> lower_log_sigmoid(const graph::Node& node, Lowering& to);
Result<void> lower_softsign(const graph::Node& node, Lowering& to);
Result<void> lower_tanh_shrink(const graph::Node& node, Lowering& to);
Result<void> lower_squareplus(const graph::Node& node, Lowering& to);
Result<void> lower_sparse_plus(const graph::Node& node, Lowering& to);
Result<void> lower_sparse_sigmoid(const graph::Node& node, Lowering& to);
Result<void> lower_soft_shrink(const graph::Node& node, Lowering& to);
Result<void> lower_hard_shrink(const graph::Node& node, Lowering& to);
Result<void> lower_threshold(const graph::Node& node, Lowering& to);
Result<void> lower_glu(const graph::Node& node, Lowering& to);

// batch_normalization.cc
Result<void> lower_batch_normalization(const graph::Node& node, Lowering& to);

// conv.cc
Result<void> lower_conv(const graph::Node& node, Lowering& to);
Result<void> lower_depthwise_conv(const graph::Node& node, Lowering& to);
Result<void> lower_separable_conv(const graph::Node& node, Lowering& to);

// layer_normalization.cc
Result<void> lower_layer_normalization(const graph::Node& node, Lowering& to);
Result<void> lower_rms_normalization(const graph::Node& node, Lowering& to);
Result<void> lower_normalize(const graph::Node& node, Lowering& to);
Result<void> lower_moments(const graph::Node& node, Lowering& to);

// pad.cc
Result<void> lower_pad(const graph::Node& node, Lowering& to);

// pool.cc
Result<void> lower_max_pool(const graph::Node& node, Lowering& to);
Result<void> lower_average_pool(const graph::Node& node, Lowering& to);

// softmax.cc
Result<void> lower_softmax(const graph::Node& node, Lowering& to);
Result<void> lower_log_softmax(const graph::Node& node, Lowering& to);
Result<void> lower_sparsemax(const graph::Node& node, Lowering& to);

// conv_transpose.cc
Result<void> lower_conv_transpose(const graph::Node& node, Lowering& to);

// resize.cc
Result<void> lower_image_resize(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
