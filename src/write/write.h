// write/write.h — a Model → a .tflite, whole or not at all.
//
// The tables of the flatbuffer come first, then the constants: as its vectors (`Buffer.data`), which every runtime and tool reads;
// in a file of 2 GiB and more, or on request, behind the flatbuffer (`Buffer.offset` and `size`). Each is read from its source slice
// by slice, so that memory does not grow with the file. The same model gives the same bytes at any number of threads.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/sink.h"
#include "litert/model.h"

namespace kelt::write {

struct WriteOptions {
  int threads = 0;                       // 0: one for each core, at most 4
  size_t slice_bytes = size_t{2} << 20;  // each thread holds one, in its core's cache; up to four times that where it suits a transpose
  ProgressSink progress;                 // stage "write", in bytes
};

struct WriteReport {
  uint64_t file_bytes = 0;
  uint64_t table_bytes = 0;  // of the flatbuffer, without what it holds of constants
  uint64_t constant_bytes = 0;
  uint64_t merged_bytes = 0;  // not stored, because something equal is
  size_t buffers = 0;
};

[[nodiscard]] Result<WriteReport> write_file(const litert::Model& model, const std::filesystem::path& path,
                                             const WriteOptions& options = {});

// The bytes of the file, for small models that are run at once.
[[nodiscard]] Result<std::vector<std::byte>> write_bytes(const litert::Model& model, const WriteOptions& options = {});

}  // namespace kelt::write
