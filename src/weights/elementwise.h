// weights/elementwise.h — float32 arithmetic on arrays, element by element, as they are read. Private to the room.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weights/source.h"

namespace kelt {

class ElementwiseSource : public ByteSource {
 public:
  ElementwiseSource(Arithmetic op, std::vector<Array> operands) : op_(op), operands_(std::move(operands)) {}
  [[nodiscard]] size_t size() const override { return operands_[0].bytes(); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] size_t grain() const override;
  [[nodiscard]] std::string identity() const override;

  [[nodiscard]] Arithmetic op() const { return op_; }
  [[nodiscard]] const std::vector<Array>& operands() const { return operands_; }

 private:
  Arithmetic op_;
  std::vector<Array> operands_;  // one or two, of the same shape
};

}  // namespace kelt
