// rewrite/attention.cc — keys and values that are repeated for a group of query heads each, or queries in groups → the op that
// shares them.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

// Heads are axis 2; each key head, and the value head with it, in turn for as many query heads. A list would repeat each head by a
// number of its own.
bool repeats_heads(Match& match) {
  if (!std::holds_alternative<int64_t>(match.attribute("group").value)) return false;
  const auto is_heads = [&match](std::string_view axis) {
    const auto axes = axes_of(match, axis, 4);
    return axes && axes->size() == 1 && axes->front() == 2;
  };
  const Dims& key = match.type("key").dims;
  const Dims& value = match.type("value").dims;
  return key.size() == 4 && value.size() == 4 && key[2].is_static() && key[2] == value[2] && is_heads("key_axis") && is_heads("value_axis");
}

// The queries keep their heads, which are known, and the mask is (batch, 1, 1, queries, keys): the same for all of them.
bool shares_known_heads(Match& match) {
  const Dims& mask = match.type("mask").dims;
  const Dims& key = match.type("key").dims;
  return mask.size() == 5 && mask[1] == Dim(1) && mask[2] == Dim(1) && key[2].is_static() && same_type(match, "query", "y");
}

// Whether the last axis of `whole` is as long as those of two like `half` together, and the others are the same.
bool is_half(const Match& match, std::string_view half, std::string_view whole) {
  Dims both = match.type(half).dims;
  if (both.empty()) return false;
  both.back() = both.back() * Dim(2);
  return same_lengths(both, match.type(whole).dims);
}

// Halves of one width, whose elements alternate in both operands of a product alike: which order they have is all one.
bool alternate_alike(Match& match) {
  return match.type("scale").dims.empty() && same_type(match, "a", "b") && same_type(match, "c", "d") && all_float32(match, {"a", "c"}) &&
         is_half(match, "a", "interleaved") && is_half(match, "c", "key");
}

}  // namespace

constexpr Rule kInterleavedHeads{
    .name = "product of heads that are interleaved alike",
    .pattern = R"(
        %pairs = stack(x=[%a, %b], axis=-1)
        %interleaved: f32[b,t,n,h] = reshape(x=%pairs, newshape=$whole)
        %scaled: f32[b,t,n,h] = multiply(x1=%interleaved, x2=%scale)
        %grouped: f32[b,t,k,g,h] = reshape(x=%scaled, newshape=$groups)
        %key_pairs = stack(x=[%c, %d], axis=-1)
        %key: f32[b,s,k,h] = reshape(x=%key_pairs, newshape=$key_whole)
        %y = einsum(subscripts="btkgh,bskh->bkgts", operands=[%grouped, %key]))",
    .replacement = R"(
        %joined: f32[b,t,n,h] = concatenate(xs=[%a, %b], axis=-1)
        %smaller: f32[b,t,n,h] = multiply(x1=%joined, x2=%scale)
        %apart: f32[b,t,k,g,h] = reshape(x=%smaller, newshape=$groups)
        %key_joined: f32[b,s,k,h] = concatenate(xs=[%c, %d], axis=-1)
        %y = einsum(subscripts="btkgh,bskh->bkgts", operands=[%apart, %key_joined]))",
    .condition = alternate_alike,
};

constexpr Rule kAttentionOfGroups{
    .name = "attention of queries in groups",
    .pattern = R"(
        %grouped: f32[b,t,k,g,h] = reshape(x=%query, newshape=$groups)
        %logits = einsum(subscripts="btkgh,bskh->bkgts", operands=[%grouped, %key])
        %weights = masked_softmax(x=%logits, mask=%mask, axis=-1, masked_is_zero=$zero)
        %mixed = einsum(subscripts="bkgts,bskh->btkgh", operands=[%weights, %value])
        %y: f32[b,t,n,h] = reshape(x=%mixed, newshape=$whole))",
    .replacement = R"(
        %y = grouped_attention(query=%query, key=%key, value=%value, mask=%mask, masked_is_zero=$zero, attn_logits_soft_cap=None))",
    .condition = shares_known_heads,
};

constexpr Rule kCappedAttentionOfGroups{
    .name = "attention of queries in groups, with a soft cap",
    .pattern = R"(
        %grouped: f32[b,t,k,g,h] = reshape(x=%query, newshape=$groups)
        %logits = einsum(subscripts="btkgh,bskh->bkgts", operands=[%grouped, %key])
        %smaller = divide(x1=%logits, x2=$cap)
        %bent = tanh(x=%smaller)
        %capped = multiply(x1=%bent, x2=$cap)
        %weights = masked_softmax(x=%capped, mask=%mask, axis=-1, masked_is_zero=$zero)
        %mixed = einsum(subscripts="bkgts,bskh->btkgh", operands=[%weights, %value])
        %y: f32[b,t,n,h] = reshape(x=%mixed, newshape=$whole))",
    .replacement = R"(
        %y = grouped_attention(query=%query, key=%key, value=%value, mask=%mask, masked_is_zero=$zero, attn_logits_soft_cap=$cap))",
    .condition = shares_known_heads,
};

constexpr Rule kAttentionZeroed{
    .name = "zeros where an attention saw nothing",
    .pattern = R"(
        %attended = grouped_attention(query=%query, key=%key, value=%value, mask=%mask, masked_is_zero=$zero, attn_logits_soft_cap=$cap)
        %zeros = zeros_like(x=%attended, dtype=f32)
        %y = where(condition=%lost, x1=%zeros, x2=%attended))",
    .replacement = R"(
        %seen = grouped_attention(query=%query, key=%key, value=%value, mask=%mask, masked_is_zero=$zero, attn_logits_soft_cap=$cap)
        %y = zero_where(x=%seen, mask=%lost))",
    .condition = [](Match& match) { return same_type(match, "attended", "y"); },
};

constexpr Rule kGroupedAttention{
    .name = "attention of which query heads share keys and values",
    .pattern = R"(
        %keys = repeat(x=%key, repeats=$group, axis=$key_axis)
        %values = repeat(x=%value, repeats=$group, axis=$value_axis)
        %y = dot_product_attention(query=%query, key=%keys, value=%values, scale=$scale, is_causal=$causal, flash_attention=$flash,
                                   attn_logits_soft_cap=$cap))",
    .replacement = R"(
        %y = dot_product_attention(query=%query, key=%key, value=%value, bias=None, mask=None, scale=$scale, is_causal=$causal,
                                   flash_attention=$flash, attn_logits_soft_cap=$cap))",
    .condition = repeats_heads,
};

constexpr Rule kGroupedAttentionMasked{
    .name = "attention of which query heads share keys and values, masked",
    .pattern = R"(
        %keys = repeat(x=%key, repeats=$group, axis=$key_axis)
        %values = repeat(x=%value, repeats=$group, axis=$value_axis)
        %y = dot_product_attention(query=%query, key=%keys, value=%values, mask=%mask, scale=$scale, is_causal=$causal,
                                   flash_attention=$flash, attn_logits_soft_cap=$cap))",
    .replacement = R"(
        %y = dot_product_attention(query=%query, key=%key, value=%value, bias=None, mask=%mask, scale=$scale, is_causal=$causal,
                                   flash_attention=$flash, attn_logits_soft_cap=$cap))",
    .condition = repeats_heads,
};

}  // namespace kelt::rewrite
