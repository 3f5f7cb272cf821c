// write/stream.h — the bytes of a slice: constants read from their sources, zeros between them.

#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "write/layout.h"

namespace kelt::write {

[[nodiscard]] Result<void> fill_slice(const Layout& layout, const Slice& slice, std::span<std::byte> out);

// The slice where it lies in memory, if one constant that does makes up all of it.
[[nodiscard]] std::optional<std::span<const std::byte>> slice_in_memory(const Layout& layout, const Slice& slice);

}  // namespace kelt::write
