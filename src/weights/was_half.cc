// weights/was_half.cc — where the values of an array come from: how exact they are, whatever its dtype is.

#include <algorithm>

#include "weights/cast.h"
#include "weights/elementwise.h"
#include "weights/scale.h"
#include "weights/strided.h"

namespace kelt {
namespace {

bool is_half_dtype(DType dtype) { return dtype == DType::kFloat16 || dtype == DType::kBFloat16; }

bool was_half(const ByteSource& source) {
  if (const auto* strided = dynamic_cast<const StridedSource*>(&source)) return was_half(*strided->base());
  if (const auto* scaled = dynamic_cast<const ScaleSource*>(&source)) return was_half(*scaled->array().source);
  if (const auto* converted = dynamic_cast<const CastSource*>(&source)) {
    if (converted->is_stored()) return false;
    return is_half_dtype(converted->from().dtype) || was_half(*converted->from().source);
  }
  if (const auto* computed = dynamic_cast<const ElementwiseSource*>(&source)) {
    return std::ranges::any_of(computed->operands(), [](const Array& operand) { return was_half(*operand.source); });
  }
  return false;
}

}  // namespace

bool was_half(const Array& array) { return is_half_dtype(array.dtype) || was_half(*array.source); }

}  // namespace kelt
