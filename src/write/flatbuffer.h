// write/flatbuffer.h — a Model without its constants → the flatbuffer at the head of the file.
//
// A constant inside is a vector of bytes that stands behind all tables, where a field of the tables finds it; outside, its range
// of the file is named.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "flatbuffers/base.h"
#include "litert/model.h"
#include "write/buffers.h"

namespace kelt::write {

struct Flatbuffer {
  std::vector<std::byte> bytes;
  std::vector<size_t> fields;  // by stored buffer, where its place is written (point_at)
};

enum class Constants { kInside, kOutside };

// What stands before the bytes of a constant: its size, if it is a vector inside.
[[nodiscard]] constexpr uint64_t prefix_bytes(Constants constants) {
  return constants == Constants::kInside ? sizeof(flatbuffers::uoffset_t) : 0;
}
[[nodiscard]] inline flatbuffers::uoffset_t prefix_of(const StoredBuffer& buffer) {
  return static_cast<flatbuffers::uoffset_t>(buffer.size);
}
// Writes into the field that the bytes are at `offset` of the file.
void point_at(std::span<std::byte> flatbuffer, size_t field, Constants constants, uint64_t offset);

[[nodiscard]] Result<Flatbuffer> build_flatbuffer(const litert::Model& model, std::span<const litert::Metadata> metadata,
                                                  const Buffers& buffers, Constants constants);

}  // namespace kelt::write
