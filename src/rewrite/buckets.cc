// rewrite/buckets.cc — buckets of distances that grow by a logarithm, as T5 has them → how many of the distances where one begins are
// not above it.

#include <cmath>

#include "rewrite/condition.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {
namespace {

constexpr std::string_view kLogarithmicBuckets = R"(
        %is_small = less(x1=%distance, x2=$exact)
        %number = cast(x=%distance, dtype=f32)
        %relative = divide(x1=%number, x2=$unit)
        %logarithm = log(x=%relative)
        %all = log(x=$ratio)
        %share = divide(x1=%logarithm, x2=%all)
        %place = multiply(x1=%share, x2=$span)
        %whole: i32 = cast(x=%place, dtype=i32)
        %bucket = add(x1=$base, x2=%whole)
        %within = minimum(x1=%bucket, x2=$last)
        %y: i32 = where(condition=%is_small, x1=%distance, x2=%within))";

// The distances at which the buckets behind `base` begin, if they are so many. Small distances are their own buckets, of whose logarithm
// nothing is taken.
bool begin_at(Match& match, size_t count) {
  constexpr int kFarthest = 1 << 20;
  const auto exact = match.number("exact"), unit = match.number("unit"), ratio = match.number("ratio");
  const auto span = match.number("span"), base = match.number("base"), last = match.number("last");
  if (!exact || !unit || !ratio || !span || !base || !last || *exact < 1 || !(*unit > 0) || !(*ratio > 1) || !(*span > 0)) return false;
  if (!same_type(match, "distance", "y") || *exact < *unit || *last - *base != static_cast<double>(count)) return false;
  const float logarithm = std::log(static_cast<float>(*ratio));
  if (!(logarithm > 0)) return false;  // a ratio that is one in float32
  graph::List begins;
  for (int distance = static_cast<int>(*exact); begins.size() < count && distance < kFarthest; ++distance) {
    const float share = std::log(static_cast<float>(distance) / static_cast<float>(*unit)) / logarithm;
    const auto bucket = static_cast<size_t>(std::min(share * static_cast<float>(*span), static_cast<float>(count)));
    while (begins.size() < std::min(bucket, count)) begins.push_back({static_cast<int64_t>(distance)});
  }
  const bool found = begins.size() == count;
  match.set("begin", {static_cast<int64_t>(*exact)});
  match.set("first_bucket", {static_cast<int64_t>(*base)});
  match.set("begins", {std::move(begins)});
  return found;
}

}  // namespace

// As many as a T5 encoder has, whose buckets are for either direction, and a decoder.
constexpr Rule kSevenBuckets{
    .name = "seven logarithmic buckets",
    .pattern = kLogarithmicBuckets,
    .replacement = R"(
        %limit: i32[] = constant(value=$begin)
        %near: bool = less(x1=%distance, x2=%limit)
        %bins: i32[7] = constant(value=$begins)
        %begun = digitize(x=%distance, bins=%bins)
        %first: i32[] = constant(value=$first_bucket)
        %far = add(x1=%begun, x2=%first)
        %y = where(condition=%near, x1=%distance, x2=%far))",
    .condition = [](Match& match) { return begin_at(match, 7); },
};

constexpr Rule kFifteenBuckets{
    .name = "fifteen logarithmic buckets",
    .pattern = kLogarithmicBuckets,
    .replacement = R"(
        %limit: i32[] = constant(value=$begin)
        %near: bool = less(x1=%distance, x2=%limit)
        %bins: i32[15] = constant(value=$begins)
        %begun = digitize(x=%distance, bins=%bins)
        %first: i32[] = constant(value=$first_bucket)
        %far = add(x1=%begun, x2=%first)
        %y = where(condition=%near, x1=%distance, x2=%far))",
    .condition = [](Match& match) { return begin_at(match, 15); },
};

}  // namespace kelt::rewrite
