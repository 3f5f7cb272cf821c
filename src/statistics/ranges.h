// statistics/ranges.h — statistics of a tensor → the range that its integers stand for.

#pragma once

#include "statistics/statistics.h"

namespace kelt::statistics {

enum class RangeMethod {
  kMinMax,         // every value that was seen
  kMovingAverage,  // of the bounds of each sample
  kPercentile,     // without the outermost values
  kMse,            // with the least mean squared error: of the rounding within, of the clipping without
};

inline constexpr double kPercentile = 0.9999;  // of the values are within, as many left out below as above

// Holds 0, and is never empty: [0, 1] (or [-1, 1]) where all values are 0, or none is known. Symmetric: min = -max. `bits` matter to kMse
// alone. Where only bounds are known, kPercentile and kMse are kMinMax.
[[nodiscard]] Range range_of(const TensorStatistics& statistics, RangeMethod method, int bits, bool symmetric,
                             double percentile = kPercentile);

// Of quantization to integers of so many bits that stand for the range; estimated from the histogram, 0 without one.
[[nodiscard]] double mean_squared_error(const TensorStatistics& statistics, const Range& range, int bits, bool symmetric);

}  // namespace kelt::statistics
