#include "lower/spread.h"

#include <algorithm>

#include "lower/flip.h"
#include "lower/sliding.h"

namespace kelt::lower {
namespace {

// stride - 1 zeros behind each element: [.., h, rest] → [.., h, 1, rest] → [.., h, stride, rest] → [.., h·stride, rest].
Result<Value> zeros_behind(Lowering& to, const Value& x, int axis, int64_t stride) {
  if (stride == 1) return x;
  KELT_ASSIGN_OR_RETURN(const Value apart, expand_dims(to, x, axis + 1));
  std::vector<Padding> behind(apart.dims.size());
  behind[axis + 1].after = stride - 1;
  Dims joined = x.dims;
  joined[axis] = joined[axis] * Dim(stride);
  return reshape(to, pad(to, apart, behind), joined);
}

}  // namespace

Result<Value> convolve_spread(Lowering& to, const Value& x, const Value& kernel, const std::vector<Cut>& cuts) {
  Value wide = x;
  std::vector<Padding> padding(4);
  std::vector<int64_t> surplus(2);
  for (int i = 0; i < 2; ++i) {
    KELT_ASSIGN_OR_RETURN(wide, zeros_behind(to, wide, i + 1, cuts[i].stride));
    // Of the whole output, which a padding of reach - 1 at both ends gives, less what is cut off and the zeros at the end.
    const int64_t back = cuts[i].reach - cuts[i].back - cuts[i].stride;
    padding[i + 1] = {cuts[i].reach - 1 - cuts[i].front, std::max<int64_t>(0, back)};
    surplus[i] = std::max<int64_t>(0, -back);
  }
  const Value padded = pad(to, cut_end(to, wide, surplus[0], surplus[1]), padding);
  const Value turned = transpose(to, flip(to, flip(to, kernel, 0), 1), std::vector<int>{0, 1, 3, 2});
  return convolve(to, padded, turned, Sliding{.stride = {1, 1}, .dilation = {1, 1}, .padding = tflite::Padding::VALID});
}

}  // namespace kelt::lower
