// weights/clip.cc — every scale on a fine grid, in one pass over the weights.
//
// As the inverse scale t grows, a weight's integer grows by one where |w| × t passes a half. Between those places the integers stay,
// the best scale for them is Σ w q / Σ q², and the error is Σ w² − (Σ w q)² / Σ q²; across them it is continuous. So each weight adds
// what the two sums gain to the place on a logarithmic grid where they gain it, and one walk along the grid finds the best place.

#include "weights/clip.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace kelt {
namespace {

constexpr size_t kSummed = 16;           // a loop of so many is compiled into vectors
constexpr size_t kFlushed = 4096;        // weights, before float sums go into double ones
constexpr float kToNearest = 0x1.8p23F;  // a float this large has no fraction
constexpr float kCoarse = 0.8F;          // from one scale that is tried first to the next
constexpr float kWindow = 0.86F;         // how far the best may lie from the best of those, where so many weights make the error smooth:
constexpr size_t kSmooth = 256;
constexpr int kRefinements = 2;

float to_integer(float scaled, float lowest, float highest) {
  scaled = scaled < lowest ? lowest : scaled;
  scaled = scaled > highest ? highest : scaled;
  return (scaled + kToNearest) - kToNearest;
}

template <bool kCounted>
void add_rounded(const float* weights, const float* counts, size_t count, float scale, Grid grid, Rounded& sums) {
  std::array<float, kSummed> products{}, squares{}, errors{}, lost{};
  const float inverse = 1 / scale;
  const auto add = [&](size_t at, size_t lane) {
    const float weight = weights[at];
    const float integer = to_integer(weight * inverse, grid.lowest, grid.highest);
    const float error = weight - integer * scale;
    const float times = kCounted ? counts[at] : 1.0F;
    products[lane] += times * weight * integer;
    squares[lane] += times * integer * integer;
    errors[lane] += times * error * error;
    lost[lane] += times * error;
  };
  size_t begin = 0;
  for (; begin + kSummed <= count; begin += kSummed) {
    for (size_t i = 0; i < kSummed; ++i) add(begin + i, i);
  }
  for (size_t i = 0; begin < count; ++begin, ++i) add(begin, i);
  for (size_t i = 0; i < kSummed; ++i) {
    sums.products += static_cast<double>(products[i]);
    sums.squares += static_cast<double>(squares[i]);
    sums.error += static_cast<double>(errors[i]);
    sums.sum += static_cast<double>(lost[i]);
  }
}

// Of few weights many may happen to lie near integers of a scale larger than that of min-max, although the error grows as its square.
float most_chance(size_t count) {
  constexpr float kDeviations = 2.7F, kMostLarger = 3;
  const float luck = 1 - kDeviations * std::sqrt(0.8F / static_cast<float>(count));
  return std::min(1 / std::sqrt(std::max(luck, 0.01F)), kMostLarger);
}

struct Total {
  double count = 0, energy = 0;

  // No smaller scale has a smaller error: it would cut off more, of the largest weight or (by the triangle inequality) of all.
  [[nodiscard]] float least_scale(double error, float min_max, Grid grid) const {
    const double largest = static_cast<double>(min_max * grid.highest);
    const double kept = std::max(largest - std::sqrt(error), std::sqrt(energy / count) - std::sqrt(error / count));
    return std::max(static_cast<float>(kept) / -grid.lowest, min_max * 0x1p-10F);
  }
};

Total total_of(const WeightGroup& group) {
  Total total;
  for (size_t begin = 0; begin < group.weights.size(); begin += kSummed) {
    std::array<float, kSummed> weights{}, counts{}, energies{};
    const size_t count = std::min(kSummed, group.weights.size() - begin);
    std::copy_n(group.weights.data() + begin, count, weights.data());
    std::fill_n(counts.data(), count, 1.0F);
    if (!group.counts.empty()) std::copy_n(group.counts.data() + begin, count, counts.data());
    for (size_t i = 0; i < kSummed; ++i) energies[i] = weights[i] * weights[i] * counts[i];
    for (size_t i = 0; i < kSummed; ++i) total.energy += static_cast<double>(energies[i]);
    for (size_t i = 0; i < kSummed; ++i) total.count += static_cast<double>(counts[i]);
  }
  return total;
}

}  // namespace

Rounded rounded(const WeightGroup& group, float scale, Grid grid) {
  Rounded sums;
  for (size_t begin = 0; begin < group.weights.size(); begin += kFlushed) {
    const size_t count = std::min(kFlushed, group.weights.size() - begin);
    if (group.counts.empty()) {
      add_rounded<false>(group.weights.data() + begin, nullptr, count, scale, grid, sums);
    } else {
      add_rounded<true>(group.weights.data() + begin, group.counts.data() + begin, count, scale, grid, sums);
    }
  }
  return sums;
}

// Places an octave: 128, and 1,024 where 8 bits leave an error that a finer grid finds lower.
ClipSearch::ClipSearch(const Steps& steps) : grid_(steps.grid), shift_(steps.bits == 8 ? 13 : 16), of_sum_(steps.of_sum) {}

double ClipSearch::error(const WeightGroup& group, float scale) const {
  const Rounded sums = rounded(group, scale, grid_);
  return sums.error + of_sum_ * sums.sum * sums.sum;
}

void ClipSearch::add_steps(const WeightGroup& group, size_t begin, float low, float high) {
  std::array<float, kSummed> magnitudes{}, inverses{}, firsts{}, lasts{}, counts{};
  const size_t count = std::min(kSummed, group.weights.size() - begin);
  std::copy_n(group.weights.data() + begin, count, magnitudes.data());
  counts.fill(1);
  if (!group.counts.empty()) std::copy_n(group.counts.data() + begin, count, counts.data());
  for (size_t i = 0; i < kSummed; ++i) {
    const float weight = magnitudes[i];
    const float magnitude = weight < 0 ? -weight : weight;
    const float most = weight < 0 ? -grid_.lowest : grid_.highest;
    magnitudes[i] = magnitude;
    inverses[i] = 1 / magnitude;
    firsts[i] = to_integer(magnitude * low, 0, most);
    lasts[i] = to_integer(magnitude * high, 0, most);
  }
  const auto start = std::bit_cast<int32_t>(low);
  const auto end = static_cast<int32_t>(steps_.size()) - 1;
  for (size_t i = 0; i < kSummed; ++i) {
    const float gained = counts[i] * magnitudes[i];
    for (float integer = firsts[i]; integer < lasts[i]; ++integer) {
      const float where = (integer + 0.5F) * inverses[i];
      Step& step = steps_[static_cast<size_t>(std::clamp((std::bit_cast<int32_t>(where) - start) >> shift_, 0, end))];
      step.products += gained;
      step.squares += counts[i] * (2 * integer + 1);
    }
  }
}

float ClipSearch::best_between(const WeightGroup& group, float least, float most) {
  const float low = 1 / most, high = 1 / least;
  const Rounded at_low = rounded(group, most, grid_);
  steps_.assign(static_cast<size_t>((std::bit_cast<int32_t>(high) - std::bit_cast<int32_t>(low)) >> shift_) + 1, Step{});
  for (size_t begin = 0; begin < group.weights.size(); begin += kSummed) add_steps(group, begin, low, high);
  double products = at_low.products, squares = at_low.squares;
  double most_gained = 0, scale = 0;
  for (const Step& step : steps_) {
    products += static_cast<double>(step.products);
    squares += static_cast<double>(step.squares);
    const double fitted = products / squares;
    const double gained = products * fitted;
    scale = gained > most_gained ? fitted : scale;
    most_gained = gained > most_gained ? gained : most_gained;
  }
  return static_cast<float>(scale);
}

// The sum of the errors changes its sign from one scale to the next, so scales near the best by squares are tried.
float ClipSearch::best(const WeightGroup& group, float min_max) {
  constexpr float kSmallestShare = 0.88F, kLargestShare = 1.5F, kStep = 1.008F;
  const float by_squares = best_by_squares(group, min_max);
  if (of_sum_ == 0) return by_squares;
  float best = by_squares;
  double least = error(group, best);
  const float most = std::max(std::min(by_squares * kLargestShare, min_max), by_squares / kSmallestShare);
  for (float scale = by_squares * kSmallestShare; scale <= most; scale *= kStep) {
    const double tried = error(group, scale);
    if (!(tried < least)) continue;
    least = tried;
    best = scale;
  }
  return best;
}

float ClipSearch::best_by_squares(const WeightGroup& group, float min_max) {
  double error = rounded(group, min_max, grid_).error;
  float found = min_max;
  const auto take = [&](float scale) {
    const Rounded sums = rounded(group, scale, grid_);
    if (!(sums.error < error)) return 0.0F;
    error = sums.error;
    found = scale;
    return static_cast<float>(sums.products / sums.squares);  // the best for these integers; others may fit it better
  };
  if (error == 0) return min_max;
  const Total total = total_of(group);
  for (float scale = min_max * kCoarse; scale > total.least_scale(error, min_max, grid_); scale *= kCoarse) take(scale);
  float least = total.least_scale(error, min_max, grid_);
  float most = min_max * std::max(1 / (1 - 0.5F / grid_.highest), most_chance(group.weights.size()));
  if (group.weights.size() >= kSmooth && grid_.highest < 16) {
    least = std::max(least, found * kWindow);
    most = std::min(most, found / kWindow);
  }
  float scale = best_between(group, least, most);
  for (int i = 0; i <= kRefinements && scale > 0; ++i) scale = take(scale);
  return found;
}

}  // namespace kelt
