// weights/clip.h — the scale under which the squared error of rounded weights is least. Private to the room.

#pragma once

#include <span>
#include <vector>

#include "weights/quantize.h"

namespace kelt {

// Weights that share a scale, each standing for as many as `counts` says; no counts: for itself.
struct WeightGroup {
  std::span<const float> weights;
  std::span<const float> counts = {};
};

struct Rounded {
  double products = 0;  // Σ weight × integer
  double squares = 0;   // Σ integer²
  double error = 0;     // Σ (weight − integer × scale)²
  double sum = 0;       // Σ (weight − integer × scale)
};
[[nodiscard]] Rounded rounded(const WeightGroup& group, float scale, Grid grid);

// Keeps its table from one group to the next.
class ClipSearch {
 public:
  explicit ClipSearch(const Steps& steps);
  // `min_max` is the scale under which nothing is cut off. What comes back is never worse, before it is stored.
  [[nodiscard]] float best(const WeightGroup& group, float min_max);
  // What is made small: Σ errors², and what the steps say of (Σ errors)².
  [[nodiscard]] double error(const WeightGroup& group, float scale) const;

 private:
  // What the two sums gain where integers grow.
  struct Step {
    float products = 0;
    float squares = 0;
  };
  [[nodiscard]] float best_by_squares(const WeightGroup& group, float min_max);
  [[nodiscard]] float best_between(const WeightGroup& group, float least, float most);
  void add_steps(const WeightGroup& group, size_t begin, float low, float high);

  Grid grid_;
  int shift_;
  double of_sum_;
  std::vector<Step> steps_;
};

}  // namespace kelt
