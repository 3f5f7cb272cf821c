#include "weights/scale_runs.h"

#include <algorithm>

#include "weights/source.h"

namespace kelt {
ScaleRuns::ScaleRuns(const Shape& values, const Shape& scales) {
  const auto add = [this](size_t length, bool scaled) {
    if (length == 1) return;
    if (runs_.empty() || runs_.back().scaled != scaled) {
      runs_.push_back({length, scaled});
    } else {
      runs_.back().length *= length;
    }
  };
  for (size_t axis = 0; axis < values.size(); ++axis) {
    add(static_cast<size_t>(scales[axis]), true);
    add(static_cast<size_t>(values[axis] / scales[axis]), false);
  }
  if (runs_.empty()) runs_.push_back({1, false});
}

size_t ScaleRuns::scale_of(size_t row) const {
  size_t place = 0;
  size_t stride = last().scaled ? last().length : 1;
  for (size_t i = runs_.size() - 1; i-- > 0;) {
    if (runs_[i].scaled) {
      place += (i == 0 ? row : row % runs_[i].length) * stride;
      stride *= runs_[i].length;
    }
    row /= runs_[i].length;
  }
  return place;
}

size_t ScaleRuns::elements_of_a_scale() const {
  size_t elements = 1;
  for (const Run& run : runs_) elements *= run.scaled ? 1 : run.length;
  return elements;
}

Array ScaleRuns::grouped(const Array& array) const {
  Shape shape;
  std::vector<int> order;
  for (const Run& run : runs_) shape.push_back(static_cast<int64_t>(run.length));
  for (const bool scaled : {true, false}) {
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].scaled == scaled) order.push_back(static_cast<int>(i));
    }
  }
  return transpose(reshape(array, shape), order);
}

Result<void> read_groups(const Array& array, size_t each, const std::function<Result<void>(size_t, std::span<const float>)>& visit) {
  const size_t count = array.count();
  const size_t grain = std::max<size_t>(array.source->grain() / (each * sizeof(float)), 1) * each;  // whole groups that suit the source
  const bool held = each <= kLargestGroup;
  const size_t unit = held ? (grain <= kLargestGroup ? grain : each) : 1;
  const size_t piece = std::min(kLargestGroup / unit * unit, count);
  const auto buffer = std::make_unique_for_overwrite<float[]>(piece);
  for (size_t first = 0; first < count;) {
    const std::span floats(buffer.get(), std::min(piece, held ? count - first : each - first % each));
    KELT_RETURN_IF_ERROR(array.source->read(first * sizeof(float), std::as_writable_bytes(floats)));
    for (size_t i = 0; i < floats.size(); i += std::min(each, floats.size() - i)) {
      KELT_RETURN_IF_ERROR(visit(first + i, floats.subspan(i, std::min(each, floats.size() - i))));
    }
    first += floats.size();
  }
  return {};
}

}  // namespace kelt
