// litert/op_table.cc — the builtin operators, in the order of their codes: the options that each takes, and each version with the
// first runtime that has it and the condition that asks for it (litert/op_rules.h). The versions and runtimes are those that
// TensorFlow Lite publishes; versions that it has registered without saying what they add aren't listed.

#include <algorithm>
#include <array>

#include "litert/op_info.h"
#include "litert/op_rules.h"
#include "litert/op_versions.h"

namespace kelt::litert {
namespace {

// The table names a hundred types of options and all of the rules.
using namespace rules;   // NOLINT(google-build-using-namespace)
using namespace tflite;  // NOLINT(google-build-using-namespace)
using Op = BuiltinOperator;
using Options = BuiltinOptions;
using Options2 = BuiltinOptions2;

struct Takes {
  constexpr Takes(Options type) : info{.options = type} {}    // NOLINT(google-explicit-constructor)
  constexpr Takes(Options2 type) : info{.options2 = type} {}  // NOLINT(google-explicit-constructor)
  OpInfo info;
};

struct Version {
  int number = 0;
  const char* runtime = nullptr;
  Condition condition = nullptr;  // none: always
};

struct Row {
  Op code;
  Takes takes;
  Version versions[14] = {};  // rising; the rest is empty
};

constexpr Options kNone = Options::NONE;

// clang-format off
constexpr auto kTable = std::to_array<Row>({
    {Op::ADD, Options::AddOptions,
     {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.4.0", add_not_pot}, {4, "2.6.0", in0<INT64>}, {5, "2.13.0", plain_int16}}},
    {Op::AVERAGE_POOL_2D, Options::Pool2DOptions, {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<INT16>}}},
    {Op::CONCATENATION, Options::ConcatenationOptions,
     {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<INT16>}, {4, "2.14.0", in0<UINT32>}}},
    {Op::CONV_2D, Options::Conv2DOptions,
     {{1, "1.5.0"}, {2, "1.14.0", hybrid}, {3, "1.14.0", all_int8}, {4, "2.3.0", in0<INT16>}, {5, "2.4.0", hybrid_per_channel<0>},
      {6, "2.9.0", grouped}, {7, "2.11.0", int8_by_int4}, {8, "2.15.0", bias_type<Conv2DOptionsT>}}},
    {Op::DEPTHWISE_CONV_2D, Options::DepthwiseConv2DOptions,
     {{1, "1.5.0"}, {2, "1.12.0", dilated}, {3, "1.14.0", all_int8}, {4, "2.2.0", hybrid}, {5, "2.3.0", in0<INT16>},
      {6, "2.3.0", hybrid_per_channel<3>}, {7, "2.11.0", int8_by_int4}}},
    {Op::DEPTH_TO_SPACE, Options::DepthToSpaceOptions, {{1, "2.1.0"}, {2, "2.5.0", in0<INT8>}}},
    {Op::DEQUANTIZE, Options::DequantizeOptions,
     {{1, "1.13.1"}, {2, "1.14.0", in0<INT8>}, {3, "1.15.0", in0<INT16, FLOAT16>}, {5, "2.7.0", int8_per_channel},
      {6, "2.18.0", in0<INT4>}, {7, "2.21.0", in0<INT2>}}},
    {Op::EMBEDDING_LOOKUP, kNone,
     {{1, "1.13.0"}, {2, "1.14.0", in1<UINT8>}, {3, "1.14.0", in1<INT8>}, {4, "2.18.0", quantized_rows}, {5, "2.21.0", in1<INT2>}}},
    {Op::FLOOR, kNone, {{1, "1.9.0"}}},
    {Op::FULLY_CONNECTED, Options::FullyConnectedOptions,
     {{1, "1.5.0"}, {2, "1.10.0", shuffled}, {3, "1.14.0", hybrid}, {4, "1.14.0", all_int8}, {5, "2.0.0", keeps_dims},
      {6, "2.1.0", no_bias}, {7, "2.3.0", in0<INT16>}, {8, "2.3.0", sparse_weight},
      {9, "2.3.0", hybrid_asymmetric<FullyConnectedOptionsT>}, {10, "2.11.0", int8_by_int4},
      {11, "2.15.0", bias_type<FullyConnectedOptionsT>}, {12, "2.17.0", hybrid_per_channel<0>}, {13, "2.18.0", int16_by_int4},
      {14, "2.21.0", in1<INT2>}}},
    {Op::HASHTABLE_LOOKUP, kNone, {{1, "1.5.0"}}},
    {Op::L2_NORMALIZATION, Options::L2NormOptions, {{1, "1.5.0"}, {2, "1.14.0", out0<INT8>}}},
    {Op::L2_POOL_2D, Options::Pool2DOptions, {{1, "1.5.0"}}},
    {Op::LOCAL_RESPONSE_NORMALIZATION, Options::LocalResponseNormalizationOptions, {{1, "1.5.0"}}},
    {Op::LOGISTIC, kNone, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<INT16>}}},
    {Op::LSH_PROJECTION, Options::LSHProjectionOptions, {{1, "1.5.0"}}},
    {Op::LSTM, Options::LSTMOptions,
     {{1, "1.7.0"}, {2, "1.10.0", basic_lstm}, {3, "1.14.0", hybrid_lstm}, {4, "2.3.0", hybrid_lstm_asymmetric<LSTMOptionsT>},
      {5, "2.3.0", int16_lstm}}},
    {Op::MAX_POOL_2D, Options::Pool2DOptions, {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<INT16>}}},
    {Op::MUL, Options::MulOptions,
     {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "1.15.0", rescale_above_one}, {4, "2.3.0", in0<INT16>}, {5, "2.6.0", in0<INT64>},
      {6, "2.11.0", in0<COMPLEX64>}, {7, "2.13.0", plain_int16_or_uint32}}},
    {Op::RELU, kNone, {{1, "1.5.0"}, {2, "2.1.0", in0<INT8, UINT8>}, {3, "2.5.0", in0<INT16>}}},
    {Op::RELU_N1_TO_1, kNone, {{1, "1.5.0"}}},
    {Op::RELU6, kNone, {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.5.0", in0<INT16>}}},
    {Op::RESHAPE, Options::ReshapeOptions, {{1, "1.5.0"}}},
    {Op::RESIZE_BILINEAR, Options::ResizeBilinearOptions,
     {{1, "1.7.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.2.0", half_pixel}, {4, "2.5.0", in0<INT16>}}},
    {Op::RNN, Options::RNNOptions, {{1, "1.5.0"}, {2, "1.14.0", in1<INT8>}, {3, "2.3.0", weights_asymmetric<RNNOptionsT>}}},
    {Op::SOFTMAX, Options::SoftmaxOptions, {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<INT16>}}},
    {Op::SPACE_TO_DEPTH, Options::SpaceToDepthOptions, {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}}},
    {Op::SVDF, Options::SVDFOptions,
     {{1, "1.5.0"}, {2, "1.14.0", hybrid}, {3, "2.2.0", in0<INT8>}, {4, "2.3.0", hybrid_asymmetric<SVDFOptionsT>}}},
    {Op::TANH, kNone, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<INT16>}}},
    {Op::CONCAT_EMBEDDINGS, Options::ConcatEmbeddingsOptions, {}},
    {Op::SKIP_GRAM, Options::SkipGramOptions, {{1, "1.5.0"}}},
    {Op::CALL, Options::CallOptions, {}},
    {Op::CUSTOM, kNone, {}},
    {Op::EMBEDDING_LOOKUP_SPARSE, Options::EmbeddingLookupSparseOptions, {{1, "1.5.0"}}},
    {Op::PAD, Options::PadOptions,
     {{1, "1.5.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.4.0", in0<INT16>}, {4, "2.6.0", rank_above<4>}, {5, "2.20.0", in0<BOOL>}}},
    {Op::UNIDIRECTIONAL_SEQUENCE_RNN, Options::SequenceRNNOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in1<INT8>}, {3, "2.3.0", weights_asymmetric<SequenceRNNOptionsT>}}},
    {Op::GATHER, Options::GatherOptions,
     {{1, "1.6.0"}, {2, "1.14.0", in0<INT8>}, {3, "1.15.0", in0<BOOL>}, {4, "2.4.0", in0<INT16>}, {5, "2.5.0", gather_batches},
      {6, "2.13.0", in1<INT16>}, {7, "2.15.0", in0<INT4>}}},
    {Op::BATCH_TO_SPACE_ND, Options::BatchToSpaceNDOptions,
     {{1, "1.6.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", rank_not_four}, {4, "2.12.0", in0<INT16>}}},
    {Op::SPACE_TO_BATCH_ND, Options::SpaceToBatchNDOptions,
     {{1, "1.6.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", rank_not_four}, {4, "2.12.0", in0<INT16>}}},
    {Op::TRANSPOSE, Options::TransposeOptions,
     {{1, "1.6.0"}, {2, "1.14.0", in0<INT8>}, {3, "1.15.0", in0<BOOL>}, {4, "2.3.0", rank_above<4>}, {5, "2.4.0", in0<INT16>},
      {6, "2.12.0", rank_above<5>}, {7, "2.14.4", in0<INT4>}}},
    {Op::MEAN, Options::ReducerOptions, {{1, "1.6.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.4.0", in0<INT16>}}},
    {Op::SUB, Options::SubOptions,
     {{1, "1.6.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", broadcasts_above_four}, {4, "2.4.0", in0<INT64>}, {5, "2.4.0", sub_not_pot}}},
    {Op::DIV, Options::DivOptions, {{1, "1.6.0"}, {2, "2.3.0", broadcasts_above_four}}},
    {Op::SQUEEZE, Options::SqueezeOptions, {{1, "1.6.0"}, {2, "2.5.0", in0<STRING>}}},
    {Op::UNIDIRECTIONAL_SEQUENCE_LSTM, Options::UnidirectionalSequenceLSTMOptions,
     {{1, "1.13.1"}, {2, "1.14.0", hybrid_lstm}, {3, "2.3.0", hybrid_lstm_asymmetric<UnidirectionalSequenceLSTMOptionsT>},
      {4, "2.12.0", diagonal_lstm}, {5, "2.15.0", int16_lstm}}},
    {Op::STRIDED_SLICE, Options::StridedSliceOptions,
     {{1, "1.6.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.1.0", in0<BOOL>}, {4, "2.2.0", rank_above<4>}, {5, "2.5.0", in0<STRING>},
      {6, "2.6.0", slice_masks}, {7, "2.14.0", in0<UINT32>}, {8, "2.14.0", slice_offset}}},
    {Op::BIDIRECTIONAL_SEQUENCE_RNN, Options::BidirectionalSequenceRNNOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in1<INT8>}, {3, "2.3.0", weights_asymmetric<BidirectionalSequenceRNNOptionsT>}}},
    {Op::EXP, Options::ExpOptions, {{1, "1.7.0"}, {2, "2.12.0", in0<INT8, INT16>}}},
    {Op::TOPK_V2, Options::TopKV2Options, {{1, "1.7.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.13.0", top_k_int16}}},
    {Op::SPLIT, Options::SplitOptions, {{1, "1.5.0"}, {2, "1.14.0", in1<INT8>}, {3, "1.14.0", in1<INT32>}, {4, "2.3.0", in1<INT16>}}},
    {Op::LOG_SOFTMAX, Options::LogSoftmaxOptions, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}}},
    {Op::DELEGATE, kNone, {}},
    {Op::BIDIRECTIONAL_SEQUENCE_LSTM, Options::BidirectionalSequenceLSTMOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in1<INT8>}, {3, "1.14.0", weights_asymmetric<BidirectionalSequenceLSTMOptionsT>}}},
    {Op::CAST, Options::CastOptions,
     {{1, "1.5.0"}, {2, "2.7.0", either<UINT32>}, {3, "2.8.0", either<INT8>}, {4, "2.9.0", either<UINT16>},
      {5, "2.12.0", either<FLOAT64, FLOAT16>}, {6, "2.15.0", in0<INT4>}, {7, "2.17.0", either<BFLOAT16>}, {8, "2.21.0", either<INT2>}}},
    {Op::PRELU, kNone, {{1, "1.8.0"}}},
    {Op::MAXIMUM, Options::MaximumMinimumOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", broadcasts_above_four}, {4, "2.3.0", in0<INT16>}}},
    {Op::ARG_MAX, Options::ArgMaxOptions, {{1, "1.9.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.9.0", in0<BOOL>}}},
    {Op::MINIMUM, Options::MaximumMinimumOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", broadcasts_above_four}, {4, "2.3.0", in0<INT16>}}},
    {Op::LESS, Options::LessOptions, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.13.0", in0<INT16>}}},
    {Op::NEG, Options::NegOptions, {{1, "1.9.0"}}},
    {Op::PADV2, Options::PadV2Options,
     {{1, "1.9.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.4.0", in0<INT16>}, {4, "2.6.0", rank_above<4>}, {5, "2.20.0", in0<BOOL>}}},
    {Op::GREATER, Options::GreaterOptions, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}}},
    {Op::GREATER_EQUAL, Options::GreaterEqualOptions, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.13.0", in0<INT16>}}},
    {Op::LESS_EQUAL, Options::LessEqualOptions, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}}},
    {Op::SELECT, Options::SelectOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.12.0", select_rank_five}, {4, "2.12.0", in0<UINT32>}}},
    {Op::SLICE, Options::SliceOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "1.14.0", in0<STRING>}, {4, "2.4.0", in0<INT16>}, {5, "2.5.0", rank_above<4>},
      {6, "2.14.0", in0<UINT32>}, {7, "2.21.0", in0<INT4>}}},
    {Op::SIN, kNone, {{1, "1.9.0"}}},
    {Op::TRANSPOSE_CONV, Options::TransposeConvOptions,
     {{1, "1.9.0"}, {2, "2.2.0", in1<INT8>}, {3, "2.3.0", has_input<3>}, {4, "2.13.0", fused_transpose_conv},
      {5, "2.15.0", bias_type_transpose_conv}}},
    {Op::SPARSE_TO_DENSE, Options::SparseToDenseOptions, {{1, "1.9.0"}, {2, "1.14.0", in2<INT64>}, {3, "1.15.0", in2<INT8, UINT8>}}},
    {Op::TILE, Options::TileOptions, {{1, "1.10.1"}, {2, "2.2.0", in0<STRING>}, {3, "2.8.0", in0<INT8>}}},
    {Op::EXPAND_DIMS, Options::ExpandDimsOptions, {{1, "1.10.0"}}},
    {Op::EQUAL, Options::EqualOptions, {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<STRING>}, {5, "2.21.0", in0<INT16>}}},
    {Op::NOT_EQUAL, Options::NotEqualOptions,
     {{1, "1.14.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<STRING>}, {4, "2.21.0", in0<INT16>}}},
    {Op::LOG, kNone, {{1, "1.14.0"}, {2, "2.15.0", in0<INT8, INT16>}}},
    {Op::SUM, Options::ReducerOptions, {{1, "1.10.0"}, {2, "1.15.0", in0<INT8>}}},
    {Op::SQRT, kNone, {{1, "1.10.0"}, {2, "2.21.0", in0<INT8, INT16>}}},
    {Op::RSQRT, kNone, {{1, "1.10.0"}, {2, "2.5.0", in0<INT8>}, {3, "2.15.0", in0<INT16>}}},
    {Op::SHAPE, Options::ShapeOptions, {{1, "1.10.0"}}},
    {Op::POW, Options::PowOptions, {{1, "1.10.0"}}},
    {Op::ARG_MIN, Options::ArgMinOptions, {{1, "1.9.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.9.0", in0<BOOL>}}},
    {Op::FAKE_QUANT, Options::FakeQuantOptions, {{1, "1.5.0"}, {2, "1.10.0", narrow_range}}},
    {Op::REDUCE_PROD, Options::ReducerOptions, {{1, "1.11.0"}, {2, "2.6.0", in0<INT8, INT16>}}},
    {Op::REDUCE_MAX, Options::ReducerOptions, {{1, "1.11.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.5.0", in0<INT16>}}},
    {Op::PACK, Options::PackOptions, {{1, "1.11.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", in0<INT16>}, {4, "2.13.0", in0<UINT32>}}},
    {Op::LOGICAL_OR, Options::LogicalOrOptions, {{1, "1.11.0"}}},
    {Op::ONE_HOT, Options::OneHotOptions, {{1, "1.11.0"}}},
    {Op::LOGICAL_AND, Options::LogicalAndOptions, {{1, "1.11.0"}}},
    {Op::LOGICAL_NOT, Options::LogicalNotOptions, {{1, "1.11.0"}}},
    {Op::UNPACK, Options::UnpackOptions,
     {{1, "1.11.0"}, {2, "1.14.0", in0<INT8, UINT8>}, {3, "2.2.0", in0<BOOL>}, {4, "2.3.0", in0<INT16>}}},
    {Op::REDUCE_MIN, Options::ReducerOptions, {{1, "1.11.0"}, {2, "1.14.0", in0<INT8>}, {3, "2.5.0", in0<INT16>}}},
    {Op::FLOOR_DIV, Options::FloorDivOptions, {{1, "1.14.0"}, {2, "1.14.0", in0<FLOAT32>}, {3, "2.13.0", in0<INT8, INT16>}}},
    {Op::REDUCE_ANY, Options::ReducerOptions, {{1, "1.11.0"}}},
    {Op::SQUARE, Options::SquareOptions, {{1, "1.12.0"}}},
    {Op::ZEROS_LIKE, Options::ZerosLikeOptions, {{1, "1.12.0"}}},
    {Op::FILL, Options::FillOptions,
     {{1, "1.13.0"}, {2, "2.3.0", in1<BOOL, STRING>}, {3, "2.5.0", in1<INT8, INT16>}, {4, "2.12.0", in1<FLOAT16>}}},
    {Op::FLOOR_MOD, Options::FloorModOptions, {{1, "1.13.0"}, {2, "2.13.0", in0<INT8, INT16>}}},
    {Op::RANGE, Options::RangeOptions, {{1, "1.13.0"}, {2, "2.14.0", in0<INT64>}}},
    {Op::RESIZE_NEAREST_NEIGHBOR, Options::ResizeNearestNeighborOptions,
     {{1, "1.13.1"}, {2, "1.14.0", in0<INT8>}, {3, "2.3.0", centred_nearest}, {4, "2.4.0", in0<INT16>}}},
    {Op::LEAKY_RELU, Options::LeakyReluOptions, {{1, "1.13.1"}, {2, "2.3.0", in0<INT16>}}},
    {Op::SQUARED_DIFFERENCE, Options::SquaredDifferenceOptions, {{1, "1.13.1"}, {2, "2.5.0", in0<INT8>}}},
    {Op::MIRROR_PAD, Options::MirrorPadOptions, {{1, "1.13.1"}, {2, "2.3.0", in0<INT8>}, {3, "2.12.0", in0<INT16>}}},
    {Op::ABS, Options::AbsOptions,
     {{1, "1.13.0"}, {2, "2.4.0", in0<INT8, UINT8>}, {3, "2.5.0", in0<INT16>}, {4, "2.6.0", plain_int16}, {5, "2.12.0", in0<INT32>}}},
    {Op::SPLIT_V, Options::SplitVOptions, {{1, "1.13.1"}, {2, "2.3.0", in0<INT8>}}},
    {Op::UNIQUE, Options::UniqueOptions, {{1, "1.14.0"}}},
    {Op::CEIL, kNone, {{1, "1.14.0"}}},
    {Op::REVERSE_V2, Options::ReverseV2Options, {{1, "1.14.0"}, {2, "2.2.0", in0<BOOL>}, {3, "2.5.0", in0<INT8>}}},
    {Op::ADD_N, Options::AddNOptions, {{1, "1.14.0"}}},
    {Op::GATHER_ND, Options::GatherNdOptions,
     {{1, "1.14.0"}, {2, "2.3.0", in0<STRING>}, {3, "2.5.0", in0<INT16>}, {4, "2.13.0", in1<INT16>}, {5, "2.16.0", in0<BOOL>}}},
    {Op::COS, Options::CosOptions, {{1, "1.14.0"}}},
    {Op::WHERE, Options::WhereOptions, {{1, "1.14.0"}, {2, "2.8.0", not_bool}}},
    {Op::RANK, Options::RankOptions, {{1, "1.14.0"}}},
    {Op::ELU, kNone, {{1, "1.14.0"}}},
    {Op::REVERSE_SEQUENCE, Options::ReverseSequenceOptions, {{1, "1.14.0"}}},
    {Op::MATRIX_DIAG, Options::MatrixDiagOptions, {{1, "1.14.0"}}},
    {Op::QUANTIZE, Options::QuantizeOptions,
     {{1, "1.14.0"}, {2, "1.15.0", out0<INT16>}, {3, "2.7.0", quantizes_per_channel}, {4, "2.21.0", either<INT4>}}},
    {Op::MATRIX_SET_DIAG, Options::MatrixSetDiagOptions, {{1, "1.14.0"}}},
    {Op::ROUND, kNone, {{1, "1.14.0"}}},
    {Op::HARD_SWISH, Options::HardSwishOptions, {{1, "1.15.0"}}},
    {Op::IF, Options::IfOptions, {{1, "1.15.0"}}},
    {Op::WHILE, Options::WhileOptions, {{1, "1.15.0"}}},
    {Op::NON_MAX_SUPPRESSION_V4, Options::NonMaxSuppressionV4Options, {{1, "2.1.0"}}},
    {Op::NON_MAX_SUPPRESSION_V5, Options::NonMaxSuppressionV5Options, {{1, "2.1.0"}}},
    {Op::SCATTER_ND, Options::ScatterNdOptions, {{1, "2.1.0"}}},
    {Op::SELECT_V2, Options::SelectV2Options, {{1, "2.2.0"}, {2, "2.12.0", in0<UINT32>}}},
    {Op::DENSIFY, Options::DensifyOptions, {{1, "2.2.0"}}},
    {Op::SEGMENT_SUM, Options::SegmentSumOptions, {{1, "2.2.0"}}},
    {Op::BATCH_MATMUL, Options::BatchMatMulOptions,
     {{1, "2.3.0"}, {2, "2.3.0", in0<INT8>}, {3, "2.4.0", in0<INT16>}, {4, "2.5.0", hybrid_asymmetric<BatchMatMulOptionsT>}}},
    {Op::CUMSUM, Options::CumsumOptions, {{1, "2.4.0"}}},
    {Op::CALL_ONCE, Options::CallOnceOptions, {{1, "2.5.0"}}},
    {Op::BROADCAST_TO, Options::BroadcastToOptions, {{2, "2.5.0"}, {3, "2.5.0", in0<INT8, INT16>}}},
    {Op::RFFT2D, Options::Rfft2dOptions, {{1, "2.5.0"}}},
    {Op::CONV_3D, Options::Conv3DOptions, {{1, "2.5.0"}}},
    {Op::IMAG, kNone, {{1, "2.5.0"}}},
    {Op::REAL, kNone, {{1, "2.5.0"}}},
    {Op::COMPLEX_ABS, kNone, {{1, "2.5.0"}}},
    {Op::HASHTABLE, Options::HashtableOptions, {{1, "2.5.0"}}},
    {Op::HASHTABLE_FIND, Options::HashtableFindOptions, {{1, "2.5.0"}}},
    {Op::HASHTABLE_IMPORT, Options::HashtableImportOptions, {{1, "2.5.0"}}},
    {Op::HASHTABLE_SIZE, Options::HashtableSizeOptions, {{1, "2.5.0"}}},
    {Op::REDUCE_ALL, Options::ReducerOptions, {{1, "2.6.0"}}},
    {Op::CONV_3D_TRANSPOSE, Options::Conv3DOptions, {{1, "2.6.0"}}},
    {Op::VAR_HANDLE, Options::VarHandleOptions, {{1, "2.6.0"}}},
    {Op::READ_VARIABLE, Options::ReadVariableOptions, {{1, "2.6.0"}}},
    {Op::ASSIGN_VARIABLE, Options::AssignVariableOptions, {{1, "2.6.0"}}},
    {Op::BROADCAST_ARGS, kNone, {{1, "2.6.0"}}},
    {Op::RANDOM_STANDARD_NORMAL, Options::RandomOptions, {{1, "2.8.0"}}},
    {Op::BUCKETIZE, Options::BucketizeOptions, {{1, "2.8.0"}}},
    {Op::RANDOM_UNIFORM, Options::RandomOptions, {{1, "2.8.0"}}},
    {Op::MULTINOMIAL, Options::RandomOptions, {{1, "2.8.0"}}},
    {Op::GELU, Options::GeluOptions, {{1, "2.9.0"}, {2, "2.9.0", in0<INT8, UINT8>}}},
    {Op::DYNAMIC_UPDATE_SLICE, Options::DynamicUpdateSliceOptions,
     {{1, "2.9.0"}, {2, "2.17.0", in2<INT64>}, {3, "2.19.0", in0<FLOAT16>}, {4, "2.20.0", in0<INT16>}}},
    {Op::RELU_0_TO_1, kNone, {{1, "2.10.0"}}},
    {Op::UNSORTED_SEGMENT_PROD, Options::UnsortedSegmentProdOptions, {{1, "2.10.0"}}},
    {Op::UNSORTED_SEGMENT_MAX, Options::UnsortedSegmentMaxOptions, {{1, "2.10.0"}}},
    {Op::UNSORTED_SEGMENT_SUM, Options::UnsortedSegmentSumOptions, {{1, "2.10.0"}}},
    {Op::ATAN2, Options::ATan2Options, {{1, "2.10.0"}}},
    {Op::UNSORTED_SEGMENT_MIN, Options::UnsortedSegmentMinOptions, {{1, "2.11.0"}}},
    {Op::SIGN, Options::SignOptions, {{1, "2.11.0"}, {2, "2.12.0", in0<INT32>}}},
    {Op::BITCAST, Options::BitcastOptions, {{1, "2.13.0"}}},
    {Op::BITWISE_XOR, Options::BitwiseXorOptions, {{1, "2.13.0"}}},
    {Op::RIGHT_SHIFT, Options::RightShiftOptions, {{1, "2.13.0"}}},
    {Op::STABLEHLO_LOGISTIC, kNone, {}},
    {Op::STABLEHLO_ADD, kNone, {{1, "2.16.0"}}},
    {Op::STABLEHLO_DIVIDE, kNone, {}},
    {Op::STABLEHLO_MULTIPLY, kNone, {{1, "2.16.0"}}},
    {Op::STABLEHLO_MAXIMUM, kNone, {{1, "2.16.0"}}},
    {Op::STABLEHLO_RESHAPE, kNone, {}},
    {Op::STABLEHLO_CLAMP, kNone, {}},
    {Op::STABLEHLO_CONCATENATE, Options2::StablehloConcatenateOptions, {}},
    {Op::STABLEHLO_BROADCAST_IN_DIM, Options2::StablehloBroadcastInDimOptions, {}},
    {Op::STABLEHLO_CONVOLUTION, Options2::StablehloConvolutionOptions, {}},
    {Op::STABLEHLO_SLICE, Options2::StablehloSliceOptions, {}},
    {Op::STABLEHLO_CUSTOM_CALL, Options2::StablehloCustomCallOptions, {}},
    {Op::STABLEHLO_REDUCE, Options2::StablehloReduceOptions, {}},
    {Op::STABLEHLO_ABS, kNone, {}},
    {Op::STABLEHLO_AND, kNone, {{1, "2.17.0"}}},
    {Op::STABLEHLO_COSINE, kNone, {}},
    {Op::STABLEHLO_EXPONENTIAL, kNone, {}},
    {Op::STABLEHLO_FLOOR, kNone, {}},
    {Op::STABLEHLO_LOG, kNone, {}},
    {Op::STABLEHLO_MINIMUM, kNone, {{1, "2.16.0"}}},
    {Op::STABLEHLO_NEGATE, kNone, {}},
    {Op::STABLEHLO_OR, kNone, {}},
    {Op::STABLEHLO_POWER, kNone, {}},
    {Op::STABLEHLO_REMAINDER, kNone, {}},
    {Op::STABLEHLO_RSQRT, kNone, {}},
    {Op::STABLEHLO_SELECT, kNone, {}},
    {Op::STABLEHLO_SUBTRACT, kNone, {}},
    {Op::STABLEHLO_TANH, kNone, {}},
    {Op::STABLEHLO_SCATTER, Options2::StablehloScatterOptions, {{1, "2.15.0"}}},
    {Op::STABLEHLO_COMPARE, Options2::StablehloCompareOptions, {}},
    {Op::STABLEHLO_CONVERT, kNone, {}},
    {Op::STABLEHLO_DYNAMIC_SLICE, Options2::StablehloDynamicSliceOptions, {}},
    {Op::STABLEHLO_DYNAMIC_UPDATE_SLICE, kNone, {}},
    {Op::STABLEHLO_PAD, Options2::StablehloPadOptions, {{1, "2.16.0"}}},
    {Op::STABLEHLO_IOTA, Options2::StablehloIotaOptions, {}},
    {Op::STABLEHLO_DOT_GENERAL, Options2::StablehloDotGeneralOptions, {}},
    {Op::STABLEHLO_REDUCE_WINDOW, Options2::StablehloReduceWindowOptions, {{1, "2.16.0"}}},
    {Op::STABLEHLO_SORT, Options2::StablehloSortOptions, {}},
    {Op::STABLEHLO_WHILE, Options2::StablehloWhileOptions, {}},
    {Op::STABLEHLO_GATHER, Options2::StablehloGatherOptions, {{1, "2.16.0"}}},
    {Op::STABLEHLO_TRANSPOSE, Options2::StablehloTransposeOptions, {}},
    {Op::DILATE, Options2::DilateOptions, {{1, "2.15.0"}}},
    {Op::STABLEHLO_RNG_BIT_GENERATOR, Options2::StablehloRngBitGeneratorOptions, {{1, "2.15.0"}}},
    {Op::REDUCE_WINDOW, Options2::ReduceWindowOptions, {{1, "2.15.0"}}},
    {Op::STABLEHLO_COMPOSITE, Options2::StableHLOCompositeOptions, {{1, "2.17.0"}}},
    {Op::STABLEHLO_SHIFT_LEFT, Options2::StablehloShiftLeftOptions, {{1, "2.17.0"}}},
    {Op::STABLEHLO_CBRT, kNone, {{1, "2.17.0"}}},
    {Op::STABLEHLO_CASE, Options2::StablehloCaseOptions, {{1, "2.17.0"}}},
});
// clang-format on

static_assert(std::ranges::is_sorted(kTable, {}, &Row::code));

const Row* find_row(BuiltinOperator code) {
  const auto* row = std::ranges::lower_bound(kTable, code, {}, &Row::code);
  return row != kTable.end() && row->code == code ? row : nullptr;
}

}  // namespace

std::string op_name(BuiltinOperator code) {
  const std::string name = EnumNameBuiltinOperator(code);
  return name.empty() ? "OP_" + std::to_string(static_cast<int>(code)) : name;
}

OpInfo op_info(BuiltinOperator code) {
  const Row* const row = find_row(code);
  return row == nullptr ? OpInfo{} : row->takes.info;
}

int required_version(const Operator& op, const Subgraph& graph) {
  int version = 1;
  const Row* const row = find_row(op.code);
  if (row == nullptr) return version;
  for (const Version& candidate : row->versions) {
    const bool needed = candidate.number > version && (candidate.condition == nullptr || candidate.condition({op, graph}));
    if (needed) version = candidate.number;
  }
  return version;
}

std::string_view min_runtime_version(BuiltinOperator code, int version) {
  const Row* const row = find_row(code);
  if (row == nullptr) return "";
  for (const Version& candidate : row->versions) {
    if (candidate.number >= version && candidate.runtime != nullptr) return candidate.runtime;
  }
  return "";
}

}  // namespace kelt::litert
