// write/buffers.h — the constants of a model → the buffers of its file, each stored once.
//
// Equal source and transform is one buffer; so are equal bytes. Buffer 0 is empty: what has no bytes refers to it.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "litert/model.h"
#include "weights/array_fingerprint.h"

namespace kelt::write {

struct StoredBuffer {
  std::shared_ptr<const ByteSource> source;
  std::string user;  // who needs it first, for errors
  uint64_t size = 0;
  uint64_t offset = 0;  // from the start of the file; set by the layout
};

struct Buffers {
  std::vector<StoredBuffer> stored;              // buffer i + 1 of the file
  std::vector<std::vector<uint32_t>> of_tensor;  // by subgraph and tensor; 0 where there is no constant
  std::vector<uint32_t> of_metadata;             // the layout adds to it what it adds to the metadata
  std::vector<uint32_t> of_nameless_metadata;
  // Of the weights of the model, where it asks for them: computed while the others are read, and stored there, after them.
  std::shared_ptr<FingerprintPass> fingerprints;
  size_t fingerprints_at = 0;  // among the stored
  uint64_t merged_bytes = 0;   // what is not stored because something equal is
};

enum class Merge { kEqualBytes, kSameSource };  // the latter reads nothing

[[nodiscard]] Result<Buffers> collect_buffers(const litert::Model& model, Merge merge = Merge::kEqualBytes);

}  // namespace kelt::write
