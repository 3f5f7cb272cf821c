// rewrite/attention.cc — keys and values that are repeated for a group of query heads each → the op that shares them.

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

// Heads are axis 2; each key head, and the value head with it, in turn for as many query heads.
bool repeats_heads(Match& match) {
  const auto is_heads = [&match](std::string_view axis) {
    const auto axes = axes_of(match, axis, 4);
    return axes && axes->size() == 1 && axes->front() == 2;
  };
  const Dims& key = match.type("key").dims;
  const Dims& value = match.type("value").dims;
  return key.size() == 4 && value.size() == 4 && key[2].is_static() && key[2] == value[2] && is_heads("key_axis") && is_heads("value_axis");
}

}  // namespace

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
