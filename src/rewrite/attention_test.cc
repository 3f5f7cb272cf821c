#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

constexpr char kHeads[] = R"(%0 "q": f32[n,s,8,16], %1 "k": f32[n,s,2,16], %2 "v": f32[n,s,2,16], %3 "mask": bool[n,1,s,s])";
constexpr char kRest[] = ", bias=None, mask=%3, scale=0.25, is_causal=False, flash_attention=None, attn_logits_soft_cap=None)";

std::string repeated(std::string_view keys, std::string_view values) {
  return function_of(kHeads,
                     "%4: f32[n,s,8,16] = repeat(x=%1, " + std::string(keys) + ")\n%5: f32[n,s,8,16] = repeat(x=%2, " +
                         std::string(values) + ")\n%6: f32[n,s,8,16] = dot_product_attention(query=%0, key=%4, value=%5" + kRest,
                     R"(%6 "y")");
}

TEST(GroupedAttention, SharesWhatWasRepeated) {
  expect_rewrite(
      repeated("repeats=4, axis=2", "repeats=4, axis=-2"),
      function_of(kHeads, std::string("%4: f32[n,s,8,16] = dot_product_attention(query=%0, key=%1, value=%2") + kRest, R"(%4 "y")"));
}

TEST(GroupedAttention, WithoutAMask) {
  const auto attention = [](std::string_view keys, std::string_view values) {
    return "f32[n,s,8,16] = dot_product_attention(query=%0, key=" + std::string(keys) + ", value=" + std::string(values) +
           ", bias=None, mask=None, scale=None, is_causal=True, flash_attention=None, attn_logits_soft_cap=50.0)";
  };
  constexpr char kUnmasked[] = R"(%0 "q": f32[n,s,8,16], %1 "k": f32[n,s,1,16], %2 "v": f32[n,s,1,16])";
  expect_rewrite(function_of(kUnmasked,
                             "%3: f32[n,s,8,16] = repeat(x=%1, repeats=8, axis=2)\n%4: f32[n,s,8,16] = repeat(x=%2, repeats=8, axis=2)\n"
                             "%5: " +
                                 attention("%3", "%4"),
                             R"(%5 "y")"),
                 function_of(kUnmasked, "%3: " + attention("%1", "%2"), R"(%3 "y")"));
}

TEST(GroupedAttention, OfKeysThatAreReadElsewhereStays) {
  expect_unchanged(function_of(kHeads,
                               std::string("%4: f32[n,s,8,16] = repeat(x=%1, repeats=4, axis=2)\n"
                                           "%5: f32[n,s,8,16] = repeat(x=%2, repeats=4, axis=2)\n"
                                           "%6: f32[n,s,8,16] = dot_product_attention(query=%0, key=%4, value=%5") +
                                   kRest,
                               R"(%6 "y", %4 "keys")"));
}

TEST(GroupedAttention, AlongAnotherAxisStays) {
  expect_unchanged(function_of(R"(%0 "q": f32[n,8,4,16], %1 "k": f32[n,4,4,16], %2 "v": f32[n,4,4,16])",
                               "%3: f32[n,8,4,16] = repeat(x=%1, repeats=2, axis=1)\n"
                               "%4: f32[n,8,4,16] = repeat(x=%2, repeats=2, axis=1)\n"
                               "%5: f32[n,8,4,16] = dot_product_attention(query=%0, key=%3, value=%4, bias=None, mask=None, scale=0.25, "
                               "is_causal=False, flash_attention=None, attn_logits_soft_cap=None)",
                               R"(%5 "y")"));
}

}  // namespace
}  // namespace kelt::rewrite
