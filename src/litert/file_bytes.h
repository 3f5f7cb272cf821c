// litert/file_bytes.h — a .tflite under the reader: where its arrays come from, and how large a tensor has to be.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "litert/model.h"

namespace kelt {
class MappedFile;
}

namespace kelt::litert {

// What a reader says of bytes that are no model.
[[nodiscard]] inline Error bad(std::string what) { return {.code = Code::kBadModel, .what = std::move(what)}; }

struct FileBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const MappedFile> file;  // or else memory kept by `owner`
  std::shared_ptr<const void> owner;

  // [offset, offset + size) as an array; fails unless it lies within the file.
  [[nodiscard]] Result<Array> array(DType dtype, Shape shape, uint64_t offset, uint64_t size) const;
};

// Bytes that a tensor of this static shape takes; empty for types without a fixed size, an error on overflow.
[[nodiscard]] Result<std::optional<uint64_t>> tensor_bytes(TensorType type, const Shape& shape);

// A tensor of the file, its constant included, without a look at the rest of the subgraph.
[[nodiscard]] Result<Tensor> read_tensor(const tflite::Tensor& tensor, const tflite::Model& model, const FileBytes& file);
// The bytes of a buffer: within the flatbuffer or behind it.
struct BufferRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};
[[nodiscard]] Result<BufferRange> buffer_range(const tflite::Model& model, uint32_t index, const FileBytes& file);

}  // namespace kelt::litert
