#include "lower/image/layout.h"

#include "lower/core/ops.h"
#include "lower/sliding.h"

namespace kelt::lower {

ImageAxes image_axes(const Value& images, bool channels_first) {
  const int rank = images.rank();
  return channels_first ? ImageAxes{rank - 2, rank - 1, rank - 3} : ImageAxes{rank - 3, rank - 2, rank - 1};
}

ImageLayout image_layout(const Value& images, bool channels_first, int single_rank) {
  return {.single = images.rank() == single_rank, .channels_first = channels_first};
}

Result<Value> ImageLayout::batch(Lowering& to, const Value& images) const {
  Value x = cast(to, images, DType::kFloat32);
  if (single) {
    KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, 0));
  }
  return channels_last(to, x, channels_first);
}

Result<Value> ImageLayout::restore(Lowering& to, const Value& batch) const {
  const Value y = restore_layout(to, batch, channels_first);
  if (!single) return y;
  return squeeze(to, y, std::vector<int>{0});
}

}  // namespace kelt::lower
