// Seeds: testdata/fuzz/statistics
//
// Any text ends in statistics or in an error; what was read can be merged, has ranges, and is written and read as it was.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "statistics/file.h"
#include "statistics/ranges.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kelt::statistics;
  const auto read = parse_statistics({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) return read.error().code == kelt::Code::kBadStatistics ? 0 : (std::abort(), 0);
  const auto again = parse_statistics(to_json(*read));
  if (!again.ok() || *again != *read) std::abort();
  Statistics merged = *read;
  if (!merge(merged, *read).ok()) std::abort();
  for (const auto& [place, tensor] : merged.tensors) {
    for (const RangeMethod method : {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kPercentile, RangeMethod::kMse}) {
      const Range range = range_of(tensor, method, 8, false);
      if (!std::isfinite(range.min) || !std::isfinite(range.max) || range.min > 0 || range.max < 0 || range.min == range.max) std::abort();
    }
  }
  return 0;
}
