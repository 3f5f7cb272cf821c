// weights/source.h — what the kinds of ByteSource share. Private to the room.

#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "weights/array.h"

namespace kelt {

// Of the shape's elements; empty if a dim is negative or the bytes don't fit into memory's addresses.
[[nodiscard]] std::optional<size_t> checked_count(const Shape& shape);

// An Array that can't be made: the error comes out when it is read, so that transforms need no Result.
[[nodiscard]] Array failed(DType dtype, Shape shape, Error error);

[[nodiscard]] std::string shape_text(const Shape& shape);  // "2x3x4"

// How many elements to read at a time: about `usual` in whole grains, unless one grain is more than `most`.
[[nodiscard]] inline size_t piece_of(size_t grain, size_t usual, size_t most) {
  return grain > most ? usual : std::max<size_t>(usual / grain, 1) * grain;
}

// Calls whole(first element, out) for the elements that a byte range covers; elements cut at its ends go through a buffer.
template <typename Whole>
[[nodiscard]] Result<void> read_elements(size_t item, size_t offset, std::span<std::byte> out, const Whole& whole) {
  std::array<std::byte, 16> one{};
  const auto partial = [&](size_t skip, size_t take) -> Result<void> {
    KELT_RETURN_IF_ERROR(whole(offset / item, std::span(one).first(item)));
    std::memcpy(out.data(), one.data() + skip, take);
    offset += take;
    out = out.subspan(take);
    return {};
  };
  if (const size_t skip = offset % item; skip != 0 && !out.empty()) KELT_RETURN_IF_ERROR(partial(skip, std::min(item - skip, out.size())));
  const size_t body = out.size() / item * item;
  if (body > 0) KELT_RETURN_IF_ERROR(whole(offset / item, out.first(body)));
  offset += body;
  out = out.subspan(body);
  if (!out.empty()) KELT_RETURN_IF_ERROR(partial(0, out.size()));
  return {};
}

// So many that were read in place are let go.
constexpr size_t kManyBytes = size_t{1} << 16;

// What array.read gives for the elements from `first` on: in place where the source lies in memory, else in `buffer`.
// What it gave is let go with a later read; the source outlives it.
class Elements {
 public:
  Elements() = default;
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;
  ~Elements() { let_go(); }
  [[nodiscard]] Result<std::span<const std::byte>> read(const ByteSource& source, size_t offset, size_t size);

 private:
  void let_go();

  std::unique_ptr<std::byte[]> buffer_;
  size_t capacity_ = 0;
  const ByteSource* given_ = nullptr;  // whose bytes were read in place
  size_t offset_ = 0, size_ = 0;       // which
};

}  // namespace kelt
