// rewrite/table.cc — the rules in their order.

#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

constexpr Entry kTable[] = {
    {&kSumWithZero, "positions of KerasHub's decoders start at 0, on the way to a comparison: XNNPACK would take the sum for itself"},
    {&kPowerOfOne, "x ** 1 is x"},
    {&kSquare, "POW costs some ten times SQUARE; the normalisations below look for squares"},
    {&kReciprocal, "a division instead of POW"},
    {&kCube, "two products instead of POW; behind the square, which the cube is made of"},
    {&kFourthPower, "likewise"},
    {&kSquareRoot, "SQRT instead of POW; variances are not negative, so that both say the same"},
    {&kInverseRoot, "likewise"},
    {&kGelu, "one operator for six, and erf, which LiteRT lacks, costs a dozen"},
    {&kGeluByTanh, "one operator for nine"},
    {&kSilu, "two operators for five where the sigmoid is written out; before it, which takes the same parts"},
    {&kSigmoid, "one operator for four"},
    {&kHardSilu, "one operator for four"},
    {&kLayerNormalization, "the mean is taken once, and RSQRT and MUL stand for SQRT and DIV"},
    {&kLayerNormalizationScaled, "likewise, where gamma comes before the division"},
    {&kLayerScale, "a scale behind a normalisation belongs to it"},
    {&kLayerShift, "and so does a shift behind the scale"},
    {&kLayerShiftUnscaled, "or without one"},
    {&kRmsNormalization, "RSQRT and MUL for SQRT and DIV; behind the layer normalisation, a part of which it takes for itself"},
    {&kRmsScale, "a scale behind a normalisation belongs to it"},
    {&kMaskedSoftmax, "arithmetic instead of SELECT_V2, which leaves XNNPACK in every layer of an encoder"},
    {&kMaskedSoftmaxZeroed, "and the product with the mask that is there already"},
    {&kMergedStack, "XNNPACK takes CONCATENATION, not PACK; with two dynamic dims the RESHAPE leaves it too: in every rotary embedding"},
    {&kGroupedAttention, "no copies of keys and values; repeating them leaves XNNPACK"},
    {&kGroupedAttentionMasked, "likewise, with a mask"},
    {&kInterleavedHeads, "Gemma alternates the halves of queries and keys: a PACK and a RESHAPE of two dynamic dims each, for nothing"},
    {&kJoinedSplit, "halves that were split are put together again, after the rule before"},
    {&kAttentionOfGroups, "three reshapes with two dynamic dims leave XNNPACK; behind the masked softmax, which is a part"},
    {&kCappedAttentionOfGroups, "likewise, as Gemma 2 has it"},
    {&kAttentionZeroed, "a product instead of SELECT_V2"},
    {&kSevenBuckets, "the logarithm of integers is a partition of its own, which all attention has to wait for"},
    {&kFifteenBuckets, "likewise, in a decoder"},
    {&kTakeAll, "every place of an axis, in order: nothing to do"},
    {&kTakeFirst, "a slice instead of RANGE and GATHER"},
};

}  // namespace

std::span<const Entry> table() { return kTable; }

}  // namespace kelt::rewrite
