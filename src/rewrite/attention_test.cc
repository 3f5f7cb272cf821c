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

TEST(GroupedAttention, OfWhichEachHeadIsRepeatedByItsOwnNumberStays) {
  expect_unchanged(repeated("repeats=[3, 5], axis=2", "repeats=[3, 5], axis=2"));
}

TEST(GroupedAttention, AlongAnotherAxisStays) {
  expect_unchanged(function_of(R"(%0 "q": f32[n,8,4,16], %1 "k": f32[n,4,4,16], %2 "v": f32[n,4,4,16])",
                               "%3: f32[n,8,4,16] = repeat(x=%1, repeats=2, axis=1)\n"
                               "%4: f32[n,8,4,16] = repeat(x=%2, repeats=2, axis=1)\n"
                               "%5: f32[n,8,4,16] = dot_product_attention(query=%0, key=%3, value=%4, bias=None, mask=None, scale=0.25, "
                               "is_causal=False, flash_attention=None, attn_logits_soft_cap=None)",
                               R"(%5 "y")"));
}

constexpr char kGrouped[] = R"(%0 "q": f32[n,s,4,8], %1 "k": f32[n,t,2,8], %2 "v": f32[n,t,2,8], %3 "mask": bool[n,1,1,s,t])";

std::string in_groups(std::string_view zeroed, std::string_view capped = "", int logits = 5) {
  const auto number = [logits](int more) { return "%" + std::to_string(logits + more); };
  return "%4: f32[n,s,2,2,8] = reshape(x=%0, newshape=[{n}, {s}, 2, 2, 8])\n"
         "%5: f32[n,2,2,s,t] = einsum(subscripts=\"btkgh,bskh->bkgts\", operands=[%4, %1])\n" +
         std::string(capped) + number(1) + ": f32[n,2,2,s,t] = masked_softmax(x=" + number(0) +
         ", mask=%3, axis=-1, masked_is_zero=" + std::string(zeroed) + ")\n" + number(2) +
         ": f32[n,s,2,2,8] = einsum(subscripts=\"bkgts,bskh->btkgh\", operands=[" + number(1) + ", %2])\n" + number(3) +
         ": f32[n,s,4,8] = reshape(x=" + number(2) + ", newshape=[{n}, {s}, 4, 8])\n";
}

std::string as_one(std::string_view zeroed, std::string_view cap = "None") {
  return "%4: f32[n,s,4,8] = grouped_attention(query=%0, key=%1, value=%2, mask=%3, masked_is_zero=" + std::string(zeroed) +
         ", attn_logits_soft_cap=" + std::string(cap) + ")\n";
}

std::string capped_by(std::string_view divisor, std::string_view factor) {
  return "%6: f32[] = constant(value=" + std::string(divisor) + ")\n%7: f32[n,2,2,s,t] = divide(x1=%5, x2=%6)\n" +
         "%8: f32[n,2,2,s,t] = tanh(x=%7)\n%9: f32[] = constant(value=" + std::string(factor) +
         ")\n%10: f32[n,2,2,s,t] = multiply(x1=%8, x2=%9)\n";
}

TEST(AttentionOfGroups, IsOneOp) {
  expect_rewrite(function_of(kGrouped, in_groups("True"), R"(%8 "y")"), function_of(kGrouped, as_one("True"), R"(%4 "y")"));
}

TEST(AttentionOfGroups, WithASoftCapIsOneOp) {  // as Gemma 2 has it
  expect_rewrite(function_of(kGrouped, in_groups("False", capped_by("5.0", "5.0"), 10), R"(%13 "y")"),
                 function_of(kGrouped, as_one("False", "5.0"), R"(%4 "y")"));
  expect_unchanged(function_of(kGrouped, in_groups("False", capped_by("5.0", "4.0"), 10), R"(%13 "y")"));
}

TEST(AttentionOfGroups, ThatIsSetToZeroWhereNothingIsSeen) {  // as Gemma does it
  const std::string lost = std::string(kGrouped) + R"(, %4 "lost": bool[n,s,1,1])";
  const std::string attended =
      "%5: f32[n,s,4,8] = grouped_attention(query=%0, key=%1, value=%2, mask=%3, masked_is_zero=True, "
      "attn_logits_soft_cap=50.0)\n";
  expect_rewrite(
      function_of(lost, attended + "%6: f32[n,s,4,8] = zeros_like(x=%5, dtype=f32)\n%7: f32[n,s,4,8] = where(condition=%4, x1=%6, x2=%5)",
                  R"(%7 "y")"),
      function_of(lost, attended + "%6: f32[n,s,4,8] = zero_where(x=%5, mask=%4)", R"(%6 "y")"));
}

TEST(AttentionOfGroups, WithAMaskOfEachHeadStays) {
  const std::string masked = R"(%0 "q": f32[n,s,4,8], %1 "k": f32[n,t,2,8], %2 "v": f32[n,t,2,8], %3 "mask": bool[n,2,2,s,t])";
  expect_unchanged(function_of(masked, in_groups("False"), R"(%8 "y")"));
}

constexpr char kHalves[] = R"(%0 "a": f32[n,s,4,4], %1 "b": f32[n,s,4,4], %2 "c": f32[n,t,2,4], %3 "d": f32[n,t,2,4], %4 "scale": f32[])";

std::string alternating(std::string_view axis, std::string_view key) {
  return "%5: f32[n,s,4,4,2] = stack(x=[%0, %1], axis=" + std::string(axis) +
         ")\n%6: f32[n,s,4,8] = reshape(x=%5, newshape=[{n}, {s}, 4, 8])\n%7: f32[n,s,4,8] = multiply(x1=%6, x2=%4)\n"
         "%8: f32[n,s,2,2,8] = reshape(x=%7, newshape=[{n}, {s}, 2, 2, 8])\n" +
         std::string(key) + "%11: f32[n,2,2,s,t] = einsum(subscripts=\"btkgh,bskh->bkgts\", operands=[%8, %10])";
}

TEST(InterleavedHeads, AreJoinedWhereBothAlternate) {
  expect_rewrite(function_of(kHalves,
                             alternating("-1",
                                         "%9: f32[n,t,2,4,2] = stack(x=[%2, %3], axis=-1)\n"
                                         "%10: f32[n,t,2,8] = reshape(x=%9, newshape=[{n}, {t}, 2, 8])\n"),
                             R"(%11 "y")"),
                 function_of(kHalves,
                             "%5: f32[n,s,4,8] = concatenate(xs=[%0, %1], axis=-1)\n%6: f32[n,s,4,8] = multiply(x1=%5, x2=%4)\n"
                             "%7: f32[n,s,2,2,8] = reshape(x=%6, newshape=[{n}, {s}, 2, 2, 8])\n"
                             "%8: f32[n,t,2,8] = concatenate(xs=[%2, %3], axis=-1)\n"
                             "%9: f32[n,2,2,s,t] = einsum(subscripts=\"btkgh,bskh->bkgts\", operands=[%7, %8])",
                             R"(%9 "y")"));
}

TEST(InterleavedHeads, ThatAreSplitAnewStay) {  // [n, s, 8, 2, 2] as [n, s, 4, 8]: neighbours of several heads
  expect_unchanged(
      function_of(R"(%0 "a": f32[n,s,8,2], %1 "b": f32[n,s,8,2], %2 "c": f32[n,t,4,2], %3 "d": f32[n,t,4,2], %4 "scale": f32[])",
                  "%5: f32[n,s,8,2,2] = stack(x=[%0, %1], axis=-1)\n%6: f32[n,s,4,8] = reshape(x=%5, newshape=[{n}, {s}, 4, 8])\n"
                  "%7: f32[n,s,4,8] = multiply(x1=%6, x2=%4)\n"
                  "%8: f32[n,s,2,2,8] = reshape(x=%7, newshape=[{n}, {s}, 2, 2, 8])\n"
                  "%9: f32[n,t,4,2,2] = stack(x=[%2, %3], axis=-1)\n%10: f32[n,t,2,8] = reshape(x=%9, newshape=[{n}, {t}, 2, 8])\n"
                  "%11: f32[n,2,2,s,t] = einsum(subscripts=\"btkgh,bskh->bkgts\", operands=[%8, %10])",
                  R"(%11 "y")"));
}

TEST(InterleavedHeads, OfWhichOneAlternatesStay) {
  expect_unchanged(
      function_of(kHalves, alternating("-1", "%9: f32[n,t,2,8] = concatenate(xs=[%2, %3], axis=-1)\n%10: f32[n,t,2,8] = negative(x=%9)\n"),
                  R"(%11 "y")"));
}

}  // namespace
}  // namespace kelt::rewrite
