#include "verify/noise.h"

#include <algorithm>
#include <cmath>

namespace kelt::verify {

void add(Noise& to, std::span<const float> wanted, std::span<const float> got) {
  if (wanted.size() != got.size()) {
    to.broken += wanted.size();
    return;
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    const bool finite = std::isfinite(wanted[i]);
    if (finite != std::isfinite(got[i])) ++to.broken;
    if (!finite || !std::isfinite(got[i])) continue;
    const double value = wanted[i], apart = value - static_cast<double>(got[i]);
    to.signal += value * value;
    to.noise += apart * apart;
    to.largest = std::max(to.largest, std::abs(value));
    to.difference = std::max(to.difference, std::abs(apart));
    ++to.values;
  }
}

void add(Noise& to, const Noise& other) {
  to.signal += other.signal;
  to.noise += other.noise;
  to.largest = std::max(to.largest, other.largest);
  to.difference = std::max(to.difference, other.difference);
  to.values += other.values;
  to.broken += other.broken;
}

double snr_of(const Noise& noise) {
  if (noise.noise <= 0) return kMostDecibels;
  if (noise.signal <= 0) return -kMostDecibels;
  return std::clamp(10 * std::log10(noise.signal / noise.noise), -kMostDecibels, kMostDecibels);
}

double error_of(const Noise& noise) { return noise.largest > 0 ? noise.difference / noise.largest : noise.difference > 0 ? 1.0 : 0.0; }

}  // namespace kelt::verify
