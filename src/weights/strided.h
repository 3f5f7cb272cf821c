// weights/strided.h — an array as a strided view of the source below it. Private to the room.

#pragma once

#include <memory>
#include <vector>

#include "weights/source.h"
#include "weights/strided_copy.h"

namespace kelt {

// Each axis of an array as the runs of axes of the base that it goes through, in order.
struct View {
  std::shared_ptr<const ByteSource> base;
  std::vector<std::vector<Axis>> groups;  // one an axis of the array; collapsed
};

// Empty where an axis of the array would cut one of the view where it can't.
[[nodiscard]] std::optional<View> view_of(const Array& array);
// The same view of another base, whose elements are counted alike.
[[nodiscard]] Array array_of_view(const View& view, Shape shape, const Array& base);

}  // namespace kelt
