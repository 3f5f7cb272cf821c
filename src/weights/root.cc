// weights/root.cc — what arrays stand on, and where the elements of one view stand in another of the same source.

#include "weights/cast.h"
#include "weights/strided.h"

namespace kelt {

Root root_of(const ByteSource& source) {
  if (const auto* converted = dynamic_cast<const CastSource*>(&source); converted != nullptr && converted->is_stored()) {
    Root root = root_of(*converted->from().source);
    root.converted = true;
    return root;
  }
  if (const auto* strided = dynamic_cast<const StridedSource*>(&source)) {
    return {.base = strided->base().get(), .view = {strided->axes().begin(), strided->axes().end()}};
  }
  return {.base = &source};
}

std::string root_identity(const Array& array) { return root_of(*array.source).base->identity(); }

std::optional<std::vector<Axis>> within(std::span<const Axis> view, std::span<const Axis> array) {
  std::vector<size_t> strides(array.size(), 1);  // of the array's own order
  for (size_t i = array.size(); i-- > 1;) strides[i - 1] = strides[i] * array[i].length;
  std::vector<Axis> places;
  for (Axis axis : view) {
    std::vector<Axis> parts;  // innermost first
    while (axis.length > 1) {
      size_t i = 0;
      const auto goes_through = [&](const Axis& whole) {
        return whole.stride != 0 && axis.stride % whole.stride == 0 && axis.stride < whole.stride * whole.length;
      };
      while (i < array.size() && !goes_through(array[i])) ++i;
      if (i == array.size()) return std::nullopt;
      const size_t step = axis.stride / array[i].stride;
      if (array[i].length % step != 0) return std::nullopt;
      const size_t room = std::min(axis.length, array[i].length / step);
      if (axis.length % room != 0) return std::nullopt;
      parts.push_back({room, step * strides[i]});
      axis = {axis.length / room, axis.stride * room};
    }
    places.insert(places.end(), parts.rbegin(), parts.rend());
  }
  return places;
}

}  // namespace kelt
