// write/layout.h — where everything lies in the file: the flatbuffer, then the constants at multiples of 64 bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "litert/model.h"
#include "write/buffers.h"

namespace kelt::write {

inline constexpr uint64_t kAlignment = 64;

// A range of the file's constants, small enough for a buffer in memory, and the first stored buffer that it touches.
struct Slice {
  uint64_t begin = 0;
  uint64_t end = 0;
  size_t first = 0;
};

struct Layout {
  std::vector<std::byte> head;  // the flatbuffer with its offsets set, and the padding behind it
  uint64_t flatbuffer_bytes = 0;
  Buffers buffers;
  std::vector<Slice> slices;  // from the end of the head to the end of the file, without gaps
  uint64_t file_bytes = 0;
};

// Reads no constants but those of equal size, which may be equal.
[[nodiscard]] Result<Layout> lay_out(const litert::Model& model, size_t slice_bytes);

// The head of a file whose constants are there already: ranges of `file`, which stands behind the head in memory. What lies
// elsewhere (a constant of another source, metadata that were added) is read into the head, whose size is a multiple of `page`.
[[nodiscard]] Result<std::vector<std::byte>> lay_out_before(std::span<const std::byte> file, const litert::Model& model, size_t page);

}  // namespace kelt::write
