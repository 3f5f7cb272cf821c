// lower/lowerings.h — every lowering that has a file of its own, by family. lower/table.cc maps ops to them.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// source.cc: what is not computed.
Result<void> lower_weight(const graph::Node& node, Lowering& to);
Result<void> lower_constant(const graph::Node& node, Lowering& to);

// control/: functions inside of nodes, and what stays from run to run.
Result<void> lower_cond(const graph::Node& node, Lowering& to);
Result<void> lower_read_state(const graph::Node& node, Lowering& to);
Result<void> lower_rnn(const graph::Node& node, Lowering& to);
Result<void> lower_scan(const graph::Node& node, Lowering& to);
Result<void> lower_switch(const graph::Node& node, Lowering& to);
Result<void> lower_while_loop(const graph::Node& node, Lowering& to);
Result<void> lower_write_state(const graph::Node& node, Lowering& to);

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

// argmax.cc
Result<void> lower_argmax(const graph::Node& node, Lowering& to);
Result<void> lower_argmin(const graph::Node& node, Lowering& to);

// arithmetic.cc
Result<void> lower_round(const graph::Node& node, Lowering& to);
Result<void> lower_nan_to_num(const graph::Node& node, Lowering& to);

// attention.cc
Result<void> lower_dot_product_attention(const graph::Node& node, Lowering& to);
Result<void> lower_grouped_attention(const graph::Node& node, Lowering& to);

// batch_normalization.cc
Result<void> lower_batch_normalization(const graph::Node& node, Lowering& to);

// bits.cc
Result<void> lower_ldexp(const graph::Node& node, Lowering& to);
Result<void> lower_nextafter(const graph::Node& node, Lowering& to);
Result<void> lower_round_to_float8(const graph::Node& node, Lowering& to);
Result<void> lower_view(const graph::Node& node, Lowering& to);

// bitwise.cc
Result<void> lower_bitwise_and(const graph::Node& node, Lowering& to);
Result<void> lower_bitwise_not(const graph::Node& node, Lowering& to);
Result<void> lower_bitwise_or(const graph::Node& node, Lowering& to);
Result<void> lower_bitwise_xor(const graph::Node& node, Lowering& to);
Result<void> lower_left_shift(const graph::Node& node, Lowering& to);
Result<void> lower_right_shift(const graph::Node& node, Lowering& to);

// broadcast_to.cc
Result<void> lower_broadcast_to(const graph::Node& node, Lowering& to);
Result<void> lower_meshgrid(const graph::Node& node, Lowering& to);

// cast.cc
Result<void> lower_cast(const graph::Node& node, Lowering& to);
Result<void> lower_stop_gradient(const graph::Node& node, Lowering& to);
Result<void> lower_convert(const graph::Node& node, Lowering& to);
Result<void> lower_saturate_cast(const graph::Node& node, Lowering& to);

// close.cc
Result<void> lower_allclose(const graph::Node& node, Lowering& to);
Result<void> lower_isclose(const graph::Node& node, Lowering& to);
Result<void> lower_isin(const graph::Node& node, Lowering& to);

// complex.cc
Result<void> lower_angle(const graph::Node& node, Lowering& to);
Result<void> lower_imag(const graph::Node& node, Lowering& to);
Result<void> lower_isreal(const graph::Node& node, Lowering& to);
Result<void> lower_real(const graph::Node& node, Lowering& to);

// concatenate.cc
Result<void> lower_append(const graph::Node& node, Lowering& to);
Result<void> lower_concatenate(const graph::Node& node, Lowering& to);
Result<void> lower_dstack(const graph::Node& node, Lowering& to);
Result<void> lower_hstack(const graph::Node& node, Lowering& to);
Result<void> lower_stack(const graph::Node& node, Lowering& to);
Result<void> lower_vstack(const graph::Node& node, Lowering& to);

// conv.cc
Result<void> lower_conv(const graph::Node& node, Lowering& to);
Result<void> lower_depthwise_conv(const graph::Node& node, Lowering& to);
Result<void> lower_separable_conv(const graph::Node& node, Lowering& to);

// conv_transpose.cc
Result<void> lower_conv_transpose(const graph::Node& node, Lowering& to);

// crossentropy.cc
Result<void> lower_binary_crossentropy(const graph::Node& node, Lowering& to);
Result<void> lower_categorical_crossentropy(const graph::Node& node, Lowering& to);
Result<void> lower_sparse_categorical_crossentropy(const graph::Node& node, Lowering& to);

// ctc.cc
Result<void> lower_ctc_decode(const graph::Node& node, Lowering& to);
Result<void> lower_ctc_loss(const graph::Node& node, Lowering& to);

// cumulative.cc
Result<void> lower_cumprod(const graph::Node& node, Lowering& to);
Result<void> lower_cumsum(const graph::Node& node, Lowering& to);
Result<void> lower_diff(const graph::Node& node, Lowering& to);
Result<void> lower_nancumprod(const graph::Node& node, Lowering& to);
Result<void> lower_nancumsum(const graph::Node& node, Lowering& to);

// einsum.cc
Result<void> lower_einsum(const graph::Node& node, Lowering& to);

// expand_dims.cc
Result<void> lower_expand_dims(const graph::Node& node, Lowering& to);
Result<void> lower_ravel(const graph::Node& node, Lowering& to);
Result<void> lower_squeeze(const graph::Node& node, Lowering& to);

// fill.cc
Result<void> lower_eye(const graph::Node& node, Lowering& to);
Result<void> lower_full(const graph::Node& node, Lowering& to);
Result<void> lower_full_like(const graph::Node& node, Lowering& to);
Result<void> lower_identity(const graph::Node& node, Lowering& to);
Result<void> lower_ones(const graph::Node& node, Lowering& to);
Result<void> lower_ones_like(const graph::Node& node, Lowering& to);
Result<void> lower_tri(const graph::Node& node, Lowering& to);
Result<void> lower_zeros(const graph::Node& node, Lowering& to);
Result<void> lower_zeros_like(const graph::Node& node, Lowering& to);

// flip.cc
Result<void> lower_flip(const graph::Node& node, Lowering& to);
Result<void> lower_fliplr(const graph::Node& node, Lowering& to);
Result<void> lower_flipud(const graph::Node& node, Lowering& to);
Result<void> lower_roll(const graph::Node& node, Lowering& to);
Result<void> lower_rot90(const graph::Node& node, Lowering& to);

// fold.cc
Result<void> lower_fold(const graph::Node& node, Lowering& to);
Result<void> lower_unfold(const graph::Node& node, Lowering& to);

// get_item.cc
Result<void> lower_get_item(const graph::Node& node, Lowering& to);

// histogram.cc
Result<void> lower_histogram(const graph::Node& node, Lowering& to);

// layer_normalization.cc
Result<void> lower_layer_normalization(const graph::Node& node, Lowering& to);
Result<void> lower_rms_normalization(const graph::Node& node, Lowering& to);
Result<void> lower_normalize(const graph::Node& node, Lowering& to);
Result<void> lower_moments(const graph::Node& node, Lowering& to);

// matmul.cc
Result<void> lower_dot(const graph::Node& node, Lowering& to);
Result<void> lower_inner(const graph::Node& node, Lowering& to);
Result<void> lower_matmul(const graph::Node& node, Lowering& to);
Result<void> lower_outer(const graph::Node& node, Lowering& to);
Result<void> lower_tensordot(const graph::Node& node, Lowering& to);
Result<void> lower_vdot(const graph::Node& node, Lowering& to);

// nan.cc
Result<void> lower_nanargmax(const graph::Node& node, Lowering& to);
Result<void> lower_nanargmin(const graph::Node& node, Lowering& to);
Result<void> lower_nanmax(const graph::Node& node, Lowering& to);
Result<void> lower_nanmean(const graph::Node& node, Lowering& to);
Result<void> lower_nanmin(const graph::Node& node, Lowering& to);
Result<void> lower_nanprod(const graph::Node& node, Lowering& to);
Result<void> lower_nanstd(const graph::Node& node, Lowering& to);
Result<void> lower_nansum(const graph::Node& node, Lowering& to);
Result<void> lower_nanvar(const graph::Node& node, Lowering& to);

// norm.cc
Result<void> lower_norm(const graph::Node& node, Lowering& to);

// one_hot.cc
Result<void> lower_multi_hot(const graph::Node& node, Lowering& to);
Result<void> lower_one_hot(const graph::Node& node, Lowering& to);

// pad.cc
Result<void> lower_pad(const graph::Node& node, Lowering& to);

// pool.cc
Result<void> lower_max_pool(const graph::Node& node, Lowering& to);
Result<void> lower_average_pool(const graph::Node& node, Lowering& to);

// products.cc
Result<void> lower_corrcoef(const graph::Node& node, Lowering& to);
Result<void> lower_correlate(const graph::Node& node, Lowering& to);
Result<void> lower_cross(const graph::Node& node, Lowering& to);
Result<void> lower_kron(const graph::Node& node, Lowering& to);
Result<void> lower_vander(const graph::Node& node, Lowering& to);

// quantile.cc
Result<void> lower_median(const graph::Node& node, Lowering& to);
Result<void> lower_nanmedian(const graph::Node& node, Lowering& to);
Result<void> lower_nanpercentile(const graph::Node& node, Lowering& to);
Result<void> lower_nanquantile(const graph::Node& node, Lowering& to);
Result<void> lower_percentile(const graph::Node& node, Lowering& to);
Result<void> lower_quantile(const graph::Node& node, Lowering& to);

// range.cc
Result<void> lower_arange(const graph::Node& node, Lowering& to);
Result<void> lower_linspace(const graph::Node& node, Lowering& to);
Result<void> lower_geomspace(const graph::Node& node, Lowering& to);
Result<void> lower_logspace(const graph::Node& node, Lowering& to);

// reduce.cc
Result<void> lower_all(const graph::Node& node, Lowering& to);
Result<void> lower_any(const graph::Node& node, Lowering& to);
Result<void> lower_average(const graph::Node& node, Lowering& to);
Result<void> lower_count_nonzero(const graph::Node& node, Lowering& to);
Result<void> lower_logsumexp(const graph::Node& node, Lowering& to);
Result<void> lower_max(const graph::Node& node, Lowering& to);
Result<void> lower_mean(const graph::Node& node, Lowering& to);
Result<void> lower_min(const graph::Node& node, Lowering& to);
Result<void> lower_prod(const graph::Node& node, Lowering& to);
Result<void> lower_ptp(const graph::Node& node, Lowering& to);
Result<void> lower_std(const graph::Node& node, Lowering& to);
Result<void> lower_sum(const graph::Node& node, Lowering& to);
Result<void> lower_var(const graph::Node& node, Lowering& to);

// repeat.cc
Result<void> lower_quantized_weight(const graph::Node& node, Lowering& to);
Result<void> lower_repeat(const graph::Node& node, Lowering& to);
Result<void> lower_tile(const graph::Node& node, Lowering& to);

// reshape.cc
Result<void> lower_reshape(const graph::Node& node, Lowering& to);

// scatter.cc
Result<void> lower_scatter(const graph::Node& node, Lowering& to);
Result<void> lower_scatter_update(const graph::Node& node, Lowering& to);
Result<void> lower_segment_max(const graph::Node& node, Lowering& to);
Result<void> lower_segment_min(const graph::Node& node, Lowering& to);
Result<void> lower_segment_prod(const graph::Node& node, Lowering& to);
Result<void> lower_segment_sum(const graph::Node& node, Lowering& to);

// slice.cc
Result<void> lower_slice(const graph::Node& node, Lowering& to);
Result<void> lower_slice_update(const graph::Node& node, Lowering& to);

// softmax.cc
Result<void> lower_softmax(const graph::Node& node, Lowering& to);
Result<void> lower_masked_softmax(const graph::Node& node, Lowering& to);
Result<void> lower_zero_where(const graph::Node& node, Lowering& to);
Result<void> lower_log_softmax(const graph::Node& node, Lowering& to);
Result<void> lower_sparsemax(const graph::Node& node, Lowering& to);

// sort.cc
Result<void> lower_argsort(const graph::Node& node, Lowering& to);
Result<void> lower_digitize(const graph::Node& node, Lowering& to);
Result<void> lower_in_top_k(const graph::Node& node, Lowering& to);
Result<void> lower_searchsorted(const graph::Node& node, Lowering& to);
Result<void> lower_sort(const graph::Node& node, Lowering& to);
Result<void> lower_top_k(const graph::Node& node, Lowering& to);

// split.cc
Result<void> lower_dsplit(const graph::Node& node, Lowering& to);
Result<void> lower_hsplit(const graph::Node& node, Lowering& to);
Result<void> lower_split(const graph::Node& node, Lowering& to);
Result<void> lower_unstack(const graph::Node& node, Lowering& to);
Result<void> lower_vsplit(const graph::Node& node, Lowering& to);

// take.cc
Result<void> lower_take(const graph::Node& node, Lowering& to);
Result<void> lower_take_along_axis(const graph::Node& node, Lowering& to);

// transpose.cc
Result<void> lower_moveaxis(const graph::Node& node, Lowering& to);
Result<void> lower_swapaxes(const graph::Node& node, Lowering& to);
Result<void> lower_transpose(const graph::Node& node, Lowering& to);

// trapezoid.cc
Result<void> lower_psnr(const graph::Node& node, Lowering& to);
Result<void> lower_trapezoid(const graph::Node& node, Lowering& to);

// triangle.cc
Result<void> lower_trace(const graph::Node& node, Lowering& to);
Result<void> lower_tril(const graph::Node& node, Lowering& to);
Result<void> lower_triu(const graph::Node& node, Lowering& to);
Result<void> lower_diag(const graph::Node& node, Lowering& to);
Result<void> lower_diagflat(const graph::Node& node, Lowering& to);
Result<void> lower_diagonal(const graph::Node& node, Lowering& to);

// unique.cc
Result<void> lower_unique(const graph::Node& node, Lowering& to);

// unravel_index.cc
Result<void> lower_unravel_index(const graph::Node& node, Lowering& to);

// where.cc
Result<void> lower_clip(const graph::Node& node, Lowering& to);
Result<void> lower_select(const graph::Node& node, Lowering& to);
Result<void> lower_where(const graph::Node& node, Lowering& to);

// depth_to_space.cc
Result<void> lower_depth_to_space(const graph::Node& node, Lowering& to);
Result<void> lower_space_to_depth(const graph::Node& node, Lowering& to);

// adaptive_pool.cc
Result<void> lower_adaptive_average_pool(const graph::Node& node, Lowering& to);
Result<void> lower_adaptive_max_pool(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
