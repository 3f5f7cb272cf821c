// rewrite/rules.h — the rules, by family; table.cc has them in order.

#pragma once

#include "rewrite/rule.h"

namespace kelt::rewrite {

// power.cc
extern const Rule kPowerOfOne, kSquare, kReciprocal, kCube, kFourthPower, kSquareRoot, kInverseRoot;
// gelu.cc
extern const Rule kGelu, kGeluByTanh;
// silu.cc
extern const Rule kSilu, kSigmoid, kHardSilu;
// layer_normalization.cc
extern const Rule kLayerNormalization, kLayerNormalizationScaled, kLayerScale, kLayerShift, kLayerShiftUnscaled;
// rms_normalization.cc
extern const Rule kRmsNormalization, kRmsScale;
// masked_softmax.cc
extern const Rule kMaskedSoftmax, kMaskedSoftmaxZeroed;
// stack.cc
extern const Rule kMergedStack, kJoinedSplit;
// buckets.cc
extern const Rule kSevenBuckets, kFifteenBuckets;
// sum.cc
extern const Rule kSumWithZero;
// attention.cc
extern const Rule kGroupedAttention, kGroupedAttentionMasked, kInterleavedHeads, kAttentionOfGroups, kCappedAttentionOfGroups,
    kAttentionZeroed;
// take.cc
extern const Rule kTakeAll, kTakeFirst;

}  // namespace kelt::rewrite
