// write/stream.h — the bytes of a slice: constants read from their sources, each behind its size where it lies inside of the
// flatbuffer, zeros between them.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "write/layout.h"

namespace kelt::write {

// The fingerprints are zeros: they are known only when everything else has been read.
[[nodiscard]] Result<void> fill_slice(const Layout& layout, const Slice& slice, std::span<std::byte> out);

// The constant's part of the slice where it lies in memory, if there is only one and it does. What is left of the slice is shorter
// than kLongestGap.
inline constexpr uint64_t kLongestGap = kAlignment + sizeof(flatbuffers::uoffset_t);
[[nodiscard]] std::optional<std::span<const std::byte>> slice_in_memory(const Layout& layout, const Slice& slice);

struct LateBytes {
  uint64_t offset = 0;
  std::vector<std::byte> bytes;
};

// What takes its place after all slices have been filled: the fingerprints, if the model asks for them.
[[nodiscard]] Result<LateBytes> late_bytes(const Layout& layout);

}  // namespace kelt::write
