// write/flatbuffer.h — a Model without its constants → the flatbuffer at the head of the file.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "litert/model.h"
#include "write/buffers.h"

namespace kelt::write {

struct Flatbuffer {
  std::vector<std::byte> bytes;
  std::vector<size_t> offset_fields;  // where `Buffer.offset` of each stored buffer is: eight bytes, little-endian
};

[[nodiscard]] Result<Flatbuffer> build_flatbuffer(const litert::Model& model, std::span<const litert::Metadata> metadata,
                                                  const Buffers& buffers);

}  // namespace kelt::write
