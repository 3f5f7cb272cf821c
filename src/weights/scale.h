// weights/scale.h — an array multiplied along one axis as it is read. Private to the room.

#pragma once

#include <memory>
#include <string>

#include "weights/source.h"

namespace kelt {

class ScaleSource : public ByteSource {
 public:
  ScaleSource(Array array, int axis, Array factors);
  [[nodiscard]] size_t size() const override { return array_.bytes(); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] size_t grain() const override { return array_.source->grain(); }
  [[nodiscard]] std::string identity() const override;

  [[nodiscard]] const Array& array() const { return array_; }
  [[nodiscard]] int axis() const { return axis_; }
  [[nodiscard]] const Array& factors() const { return factors_; }

 private:
  Array array_;
  int axis_;
  Array factors_;
  size_t inner_ = 1;  // elements that share a factor and lie together
};

}  // namespace kelt
