// statistics/statistics.h — what is known of the values that the tensors of a model take over samples.
//
// Plain data, of bounded size whatever the number of samples. Statistics of parts of the samples merge into those of all.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "litert/place.h"
#include "statistics/histogram.h"

namespace kelt::statistics {

using litert::Place;

struct Range {
  float min = 0;
  float max = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// A moving average moves by 1 − kMomentum towards the range of each further sample.
inline constexpr float kMomentum = 0.95F;

// Of the values at each index of the last axis.
struct ChannelSums {
  uint64_t rows = 0;  // values of each channel; none were collected if 0
  std::vector<double> sums{};
  friend bool operator==(const ChannelSums&, const ChannelSums&) = default;
};

struct TensorStatistics {
  std::string name{};       // the tensor's, for readers
  uint64_t samples = 0;     // runs that gave a finite value; nothing below is known if there are none
  uint64_t values = 0;      // finite ones; 0 where only bounds are known, as of tensors inside of loops
  uint64_t zeros = 0;       // of these
  uint64_t not_finite = 0;  // values that are left out of everything else
  Range bounds{};           // smallest and largest value, exactly
  Range first{};            // bounds of the first sample
  Range average{};          // moving average of the samples' bounds
  double sum = 0;           // of all values
  Histogram histogram{};    // of all values; empty where only bounds are known
  ChannelSums channels{};   // empty where nobody asked for them
  friend bool operator==(const TensorStatistics&, const TensorStatistics&) = default;
};

// The values of one sample.
void add(TensorStatistics& statistics, std::span<const float> values);
// The same values again, of a tensor whose last axis has so many channels.
void add_channels(TensorStatistics& statistics, std::span<const float> values, size_t channels);
// A sample of which only the bounds are known.
void add_bounds(TensorStatistics& statistics, const Range& bounds);
// As though the samples of `other` had come after those of `into`.
void merge(TensorStatistics& into, const TensorStatistics& other);

[[nodiscard]] double mean_of(const TensorStatistics& statistics);
// Of the squares of all values, from the histogram; 0 without one.
[[nodiscard]] double mean_square_of(const TensorStatistics& statistics);

struct Statistics {
  uint64_t model = 0;    // fingerprint_of the model; 0: none yet
  uint64_t samples = 0;  // of all signatures
  std::map<Place, TensorStatistics> tensors{};
  friend bool operator==(const Statistics&, const Statistics&) = default;
};

// Fails for statistics of different models.
[[nodiscard]] Result<void> merge(Statistics& into, const Statistics& other);

}  // namespace kelt::statistics
