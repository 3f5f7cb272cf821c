// write/layout.h — where everything lies in the file: the tables of the flatbuffer, then the constants at multiples of 64 bytes.
//
// The constants belong to the flatbuffer, which may place its vectors behind its tables, as long as it is smaller than 2 GiB; beyond
// it, or where the model says so, they are ranges of the file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "flatbuffers/base.h"
#include "litert/model.h"
#include "write/buffers.h"
#include "write/flatbuffer.h"

namespace kelt::write {

// The metadata that says which runtimes read the file. A model that has it keeps it.
inline constexpr const char* kMinRuntimeVersion = "min_runtime_version";
inline constexpr uint64_t kAlignment = 64;
inline constexpr uint64_t kLargestFlatbuffer = FLATBUFFERS_MAX_BUFFER_SIZE - 1;  // what FlatBuffers' verifier takes

// A range of the file's constants, small enough for a buffer in memory, and the first stored buffer that it touches.
struct Slice {
  uint64_t begin = 0;
  uint64_t end = 0;
  size_t first = 0;
};

struct Layout {
  std::vector<std::byte> head;  // the tables with their offsets set, and all before the first constant
  uint64_t table_bytes = 0;
  Constants constants = Constants::kInside;
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
