// litert/op_rules.h — the conditions under which an operator needs more than its first version; op_table.cc says which version.
//
// A kernel of version n takes everything that earlier ones took, so an operator needs the highest version whose condition holds.

#pragma once

#include <algorithm>

#include "litert/model.h"

namespace kelt::litert::rules {

// An operator with its tensors.
struct View {
  const Operator& op;
  const Subgraph& graph;

  // Null for one that is absent.
  const Tensor* tensor(const std::vector<TensorId>& ids, size_t i) const {
    if (i >= ids.size() || ids[i] < 0 || static_cast<size_t>(ids[i]) >= graph.tensors.size()) return nullptr;
    return &graph.tensors[static_cast<size_t>(ids[i])];
  }
  const Tensor* in(size_t i) const { return tensor(op.inputs, i); }
  const Tensor* out(size_t i) const { return tensor(op.outputs, i); }
};

using Condition = bool (*)(const View&);
using enum TensorType;

template <TensorType... T>
bool is(const Tensor* tensor) {
  return tensor != nullptr && ((tensor->type == T) || ...);
}
inline bool quantized(const Tensor* tensor) { return tensor != nullptr && !tensor->quantization.scale.empty(); }
// A scale for each index of `axis`.
inline bool per_channel(const Tensor* tensor, size_t axis) {
  if (tensor == nullptr || axis >= tensor->dims.size()) return false;
  return tensor->quantization.scale.size() > 1 && tensor->dims[axis] == Dim(static_cast<int64_t>(tensor->quantization.scale.size()));
}
inline bool per_channel(const Tensor* tensor) {
  return tensor != nullptr && per_channel(tensor, static_cast<size_t>(tensor->quantization.quantized_dimension));
}
inline size_t rank(const Tensor* tensor) { return tensor == nullptr ? 0 : tensor->dims.size(); }
template <typename Options>
const Options* options(const View& v) {
  constexpr auto kType = tflite::BuiltinOptionsUnionTraits<Options>::enum_value;
  return v.op.options.type == kType ? reinterpret_cast<const Options*>(v.op.options.value) : nullptr;
}

// By type.
template <TensorType... T>
bool in0(const View& v) {
  return is<T...>(v.in(0));
}
template <TensorType... T>
bool in1(const View& v) {
  return is<T...>(v.in(1));
}
template <TensorType... T>
bool in2(const View& v) {
  return is<T...>(v.in(2));
}
template <TensorType... T>
bool out0(const View& v) {
  return is<T...>(v.out(0));
}
template <TensorType... T>
bool either(const View& v) {
  return in0<T...>(v) || out0<T...>(v);
}
inline bool not_bool(const View& v) { return !in0<BOOL>(v); }
inline bool plain_int16(const View& v) { return in0<INT16>(v) && !quantized(v.in(0)); }
inline bool plain_int16_or_uint32(const View& v) { return (in0<INT16>(v) && !quantized(v.in(0)) && !quantized(v.in(1))) || in0<UINT32>(v); }
inline bool top_k_int16(const View& v) { return in0<INT16>(v) || in1<INT16>(v) || is<INT16>(v.out(1)); }

// By shape.
template <size_t kRank>
bool rank_above(const View& v) {
  return rank(v.in(0)) > kRank;
}
inline bool rank_not_four(const View& v) { return rank(v.in(0)) != 4; }
inline bool broadcasts_above_four(const View& v) {
  const bool same = v.in(0) != nullptr && v.in(1) != nullptr && v.in(0)->dims == v.in(1)->dims;
  return !same && std::max(rank(v.in(0)), rank(v.in(1))) > 4;
}
inline bool select_rank_five(const View& v) { return rank(v.in(0)) == 5 || rank(v.in(1)) == 5 || rank(v.in(2)) == 5; }
template <size_t kIndex>
bool has_input(const View& v) {
  return v.in(kIndex) != nullptr;
}

// By the types of input and weights: int8 throughout, or float with weights that are quantized ("hybrid").
inline bool all_int8(const View& v) { return in0<INT8>(v) && in1<INT8>(v) && out0<INT8>(v); }
inline bool int8_by_int4(const View& v) { return in0<INT8>(v) && in1<INT4>(v) && out0<INT8>(v); }
inline bool int16_by_int4(const View& v) { return in0<INT16>(v) && in1<INT4>(v) && out0<INT16>(v); }
inline bool hybrid(const View& v) { return in0<FLOAT32>(v) && in1<INT8>(v) && out0<FLOAT32>(v); }
template <size_t kAxis>
bool hybrid_per_channel(const View& v) {
  return hybrid(v) && per_channel(v.in(1), kAxis);
}
template <typename Options>
bool hybrid_asymmetric(const View& v) {
  const Options* const o = options<Options>(v);
  return hybrid(v) && o != nullptr && o->asymmetric_quantize_inputs;
}
template <typename Options>
bool bias_type(const View& v) {  // 16-bit activations whose bias has a type of its own
  const Options* const o = options<Options>(v);
  return in0<INT16>(v) && in1<INT8>(v) && out0<INT16>(v) && o != nullptr && o->quantized_bias_type != FLOAT32;
}
inline bool quantized_rows(const View& v) { return in1<INT4>(v) || per_channel(v.in(1), 0); }
inline bool int8_per_channel(const View& v) { return in0<INT8>(v) && per_channel(v.in(0)); }
inline bool quantizes_per_channel(const View& v) { return per_channel(v.out(0)); }
inline bool rescale_above_one(const View& v) {
  if (!quantized(v.in(0)) || !quantized(v.in(1)) || !quantized(v.out(0))) return false;
  return v.in(0)->quantization.scale[0] * v.in(1)->quantization.scale[0] >= v.out(0)->quantization.scale[0];
}

// By options.
inline bool add_not_pot(const View& v) {
  const auto* const o = options<tflite::AddOptionsT>(v);
  return in0<INT16>(v) && out0<INT16>(v) && o != nullptr && !o->pot_scale_int16;
}
inline bool sub_not_pot(const View& v) {
  const auto* const o = options<tflite::SubOptionsT>(v);
  return in0<INT16>(v) && out0<INT16>(v) && o != nullptr && !o->pot_scale_int16;
}
inline bool grouped(const View& v) {
  if (rank(v.in(0)) != 4 || rank(v.in(1)) != 4) return false;
  return !(v.in(0)->dims[3] == v.in(1)->dims[3]);
}
inline bool dilated(const View& v) {
  const auto* const o = options<tflite::DepthwiseConv2DOptionsT>(v);
  return o != nullptr && (o->dilation_w_factor != 1 || o->dilation_h_factor != 1);
}
inline bool shuffled(const View& v) {
  const auto* const o = options<tflite::FullyConnectedOptionsT>(v);
  return o != nullptr && o->weights_format == tflite::FullyConnectedOptionsWeightsFormat::SHUFFLED4x16INT8;
}
inline bool keeps_dims(const View& v) {
  const auto* const o = options<tflite::FullyConnectedOptionsT>(v);
  return o != nullptr && o->keep_num_dims;
}
inline bool no_bias(const View& v) { return v.in(2) == nullptr; }
inline bool sparse_weight(const View& v) { return v.in(1) != nullptr && v.in(1)->sparsity.has_value(); }
inline bool gather_batches(const View& v) {
  const auto* const o = options<tflite::GatherOptionsT>(v);
  return o != nullptr && o->batch_dims != 0;
}
inline bool fused_transpose_conv(const View& v) {
  const auto* const o = options<tflite::TransposeConvOptionsT>(v);
  return o != nullptr && o->fused_activation_function != tflite::ActivationFunctionType::NONE;
}
inline bool bias_type_transpose_conv(const View& v) {  // its input is the third
  const auto* const o = options<tflite::TransposeConvOptionsT>(v);
  return in2<INT16>(v) && in1<INT8>(v) && out0<INT16>(v) && o != nullptr && o->quantized_bias_type != FLOAT32;
}
inline bool half_pixel(const View& v) {
  const auto* const o = options<tflite::ResizeBilinearOptionsT>(v);
  return o != nullptr && o->half_pixel_centers;
}
inline bool centred_nearest(const View& v) {
  const auto* const o = options<tflite::ResizeNearestNeighborOptionsT>(v);
  return o != nullptr && (o->half_pixel_centers || o->align_corners);
}
inline bool narrow_range(const View& v) {
  const auto* const o = options<tflite::FakeQuantOptionsT>(v);
  return o != nullptr && o->narrow_range;
}
inline bool slice_masks(const View& v) {
  const auto* const o = options<tflite::StridedSliceOptionsT>(v);
  return o != nullptr && (o->ellipsis_mask != 0 || o->new_axis_mask != 0);
}
inline bool slice_offset(const View& v) {
  const auto* const o = options<tflite::StridedSliceOptionsT>(v);
  return o != nullptr && o->offset;
}

// Recurrent cells: the third input is the first weight.
inline bool basic_lstm(const View& v) {
  const auto* const o = options<tflite::LSTMOptionsT>(v);
  return o != nullptr && o->kernel_type == tflite::LSTMKernelType::BASIC;
}
inline bool hybrid_lstm(const View& v) { return in0<FLOAT32>(v) && in2<INT8>(v) && out0<FLOAT32>(v); }
inline bool int16_lstm(const View& v) { return in0<INT16>(v) && in2<INT8>(v) && out0<INT16>(v); }
template <typename Options>
bool hybrid_lstm_asymmetric(const View& v) {
  const Options* const o = options<Options>(v);
  return hybrid_lstm(v) && o != nullptr && o->asymmetric_quantize_inputs;
}
inline bool diagonal_lstm(const View& v) {
  const auto* const o = options<tflite::UnidirectionalSequenceLSTMOptionsT>(v);
  return o != nullptr && o->diagonal_recurrent_tensors;
}
template <typename Options>
bool weights_asymmetric(const View& v) {
  const Options* const o = options<Options>(v);
  return in1<INT8>(v) && o != nullptr && o->asymmetric_quantize_inputs;
}

}  // namespace kelt::litert::rules
