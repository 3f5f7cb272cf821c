// verify/noise.h — how far values are from others, in dB and over the largest.

#pragma once

#include <cstdint>
#include <span>

namespace kelt::verify {

struct Noise {
  double signal = 0;      // Σ wanted²
  double noise = 0;       // Σ (wanted − got)²
  double largest = 0;     // max|wanted|
  double difference = 0;  // max|wanted − got|
  uint64_t values = 0;    // that are finite on both sides
  uint64_t broken = 0;    // NaN and infinities on one side alone
};

// Of another count, all are broken.
void add(Noise& to, std::span<const float> wanted, std::span<const float> got);
void add(Noise& to, const Noise& other);

inline constexpr double kMostDecibels = 200;  // what equal values have
// 10 log₁₀ of the signal over the noise, within ±kMostDecibels; of a signal that is 0 throughout, that of no noise or of nothing else.
[[nodiscard]] double snr_of(const Noise& noise);
// The largest difference over the largest value.
[[nodiscard]] double error_of(const Noise& noise);

}  // namespace kelt::verify
