// weights/cast.h — an array's elements converted as they are read. Private to the room.

#pragma once

#include <memory>
#include <string>

#include "weights/source.h"

namespace kelt {

class CastSource : public ByteSource {
 public:
  // `stored`: as as_in_model has it.
  CastSource(Array from, DType to, bool stored = false) : from_(std::move(from)), to_(to), count_(from_.count()), stored_(stored) {}
  [[nodiscard]] size_t size() const override { return byte_size(to_, count_); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] size_t grain() const override;
  [[nodiscard]] std::string identity() const override;

  [[nodiscard]] const Array& from() const { return from_; }
  [[nodiscard]] DType to() const { return to_; }
  [[nodiscard]] bool is_stored() const { return stored_; }
  // The same conversion of another array.
  [[nodiscard]] Array of(Array from) const;

 private:
  [[nodiscard]] Result<void> elements(size_t first, std::span<std::byte> out) const;          // not to int4
  [[nodiscard]] Result<void> packed_elements(size_t offset, std::span<std::byte> out) const;  // to int4

  Array from_;
  DType to_;
  size_t count_;
  bool stored_;
};

}  // namespace kelt
