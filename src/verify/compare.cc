#include "verify/compare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "verify/limits.h"
#include "weights/convert.h"

namespace kelt::verify {
namespace {

constexpr size_t kBlock = 4096;  // elements converted at once

std::string describe(const View& view) {
  std::string text = std::string(name(view.dtype)) + "[";
  for (size_t i = 0; i < view.shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(view.shape[i]);
  return text + "]";
}

std::string count_text(size_t count, size_t of, const char* what) {
  return std::to_string(count) + " of " + std::to_string(of) + " elements " + what;
}

// What is known after any number of elements.
struct Differences {
  double largest = 0;    // |found − reference|
  double reference = 0;  // |reference|
  size_t unlike = 0;     // one is NaN or infinite, the other is not so
};

void add(Differences& to, double found, double reference) {
  if (std::isfinite(found) && std::isfinite(reference)) {
    to.largest = std::max(to.largest, std::abs(found - reference));
    to.reference = std::max(to.reference, std::abs(reference));
  } else if (!(std::isnan(found) && std::isnan(reference)) && found != reference) {
    ++to.unlike;
  }
}

Comparison compare_floats(const View& found, const View& reference, size_t count, double limit) {
  const size_t size = byte_size(found.dtype, 1);
  std::array<double, kBlock> a;
  std::array<double, kBlock> b;
  Differences differences;
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t length = std::min(kBlock, count - begin);
    convert(found.dtype, found.bytes.data() + begin * size, DType::kFloat64, reinterpret_cast<std::byte*>(a.data()), length);
    convert(reference.dtype, reference.bytes.data() + begin * size, DType::kFloat64, reinterpret_cast<std::byte*>(b.data()), length);
    for (size_t i = 0; i < length; ++i) add(differences, a[i], b[i]);
  }
  Comparison result{.error = 0,
                    .limit = limit,
                    .why = {},
                    .zero = differences.reference == 0,
                    .difference = differences.largest,
                    .magnitude = differences.reference};
  if (differences.largest > 0) {
    result.error = differences.reference > 0 ? differences.largest / differences.reference : std::numeric_limits<double>::infinity();
  }
  if (differences.unlike > 0) {
    result.error = std::numeric_limits<double>::infinity();
    result.why = count_text(differences.unlike, count, "are NaN or infinite on one side only");
  } else if (result.error > result.limit) {
    std::array<char, 96> text;
    std::snprintf(text.data(), text.size(), "the largest difference is %.3g of the largest value, above %.3g", result.error, result.limit);
    result.why = text.data();
  }
  return result;
}

Comparison compare_exactly(const View& found, const View& reference, size_t count) {
  const size_t size = byte_size(found.dtype, 1);
  size_t different = 0;
  bool zero = true;
  for (size_t i = 0; i + size <= found.bytes.size(); i += size) {
    if (std::memcmp(found.bytes.data() + i, reference.bytes.data() + i, size) != 0) ++different;
    zero = zero && std::ranges::all_of(reference.bytes.subspan(i, size), [](std::byte b) { return b == std::byte{0}; });
  }
  Comparison result{.error = different > 0 ? 1.0 : 0.0, .limit = 0, .why = {}, .zero = zero, .difference = 0, .magnitude = 0};
  if (different > 0) result.why = count_text(different, count, "differ");
  return result;
}

}  // namespace

Comparison compare(const View& found, const View& reference, double at_least) {
  const double limit = limit_of(reference.dtype, at_least);
  if (found.dtype != reference.dtype || found.shape != reference.shape) {
    return {.error = std::numeric_limits<double>::infinity(),
            .limit = limit,
            .why = "it is " + describe(found) + ", not " + describe(reference),
            .zero = false,
            .difference = 0,
            .magnitude = 0};
  }
  size_t count = 1;
  for (const int64_t dim : found.shape) count *= static_cast<size_t>(dim);
  if (found.dtype == DType::kComplex64) {  // pairs of float32
    const View a{DType::kFloat32, {}, found.bytes};
    const View b{DType::kFloat32, {}, reference.bytes};
    return compare_floats(a, b, count * 2, limit);
  }
  return limit > 0 ? compare_floats(found, reference, count, limit) : compare_exactly(found, reference, count);
}

}  // namespace kelt::verify
