#include "write/buffers.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kelt::write {
namespace {

// Bytes of equal size are told apart by their two ends; what is equal there is compared whole. What is no longer than that is
// kept, so that it is not read again.
constexpr size_t kSample = 2048;
constexpr size_t kPiece = size_t{1} << 20;

Result<void> check(const Array& array, const std::string& user) {
  if (array.source != nullptr && array.source->size() == array.bytes()) return {};
  if (array.source != nullptr) KELT_RETURN_IF_ERROR(array.source->read(0, {}).note("while writing " + user));  // it may know why
  return Error{.code = Code::kInternal, .what = "the bytes of " + user + " are not those of its shape"};
}

Result<void> keep(StoredBuffer& buffer) {
  if (buffer.source->in_memory()) return {};
  const Array bytes{DType::kUInt8, {static_cast<int64_t>(buffer.size)}, buffer.source};
  KELT_ASSIGN_OR_RETURN(std::vector<std::byte> kept, read_all(bytes).note("while writing " + buffer.user));
  buffer.source = array_of(DType::kUInt8, bytes.shape, std::move(kept)).source;
  return {};
}

Result<size_t> hash_of_ends(const StoredBuffer& buffer) {
  std::string ends(std::min<size_t>(buffer.size, 2 * kSample), '\0');
  const auto bytes = std::as_writable_bytes(std::span(ends.data(), ends.size()));
  const size_t head = std::min(bytes.size(), kSample);
  KELT_RETURN_IF_ERROR(buffer.source->read(0, bytes.first(head)).note("while writing " + buffer.user));
  const auto tail = bytes.subspan(head);
  KELT_RETURN_IF_ERROR(buffer.source->read(buffer.size - tail.size(), tail).note("while writing " + buffer.user));
  return std::hash<std::string_view>()(ends);
}

Result<bool> equal_bytes(const StoredBuffer& a, const StoredBuffer& b) {
  const auto a_memory = a.source->in_memory();
  const auto b_memory = b.source->in_memory();
  if (a_memory && b_memory) return std::memcmp(a_memory->data(), b_memory->data(), a.size) == 0;
  std::vector<std::byte> a_piece(std::min<size_t>(a.size, kPiece));
  std::vector<std::byte> b_piece(a_piece.size());
  for (uint64_t at = 0; at < a.size; at += kPiece) {
    const size_t count = std::min<uint64_t>(kPiece, a.size - at);
    KELT_RETURN_IF_ERROR(a.source->read(at, std::span(a_piece).first(count)).note("while writing " + a.user));
    KELT_RETURN_IF_ERROR(b.source->read(at, std::span(b_piece).first(count)).note("while writing " + b.user));
    if (std::memcmp(a_piece.data(), b_piece.data(), count) != 0) return false;
  }
  return true;
}

class Collector {
 public:
  // The index of the array's buffer among those that differ in identity.
  Result<uint32_t> add(const Array& array, std::string user) {
    KELT_RETURN_IF_ERROR(check(array, user));
    const auto [found, is_new] = by_identity_.try_emplace(array.source->identity(), static_cast<uint32_t>(buffers_.size()));
    uses_.push_back(array.source->size());
    if (is_new) buffers_.push_back({.source = array.source, .user = std::move(user), .size = array.source->size()});
    return found->second;
  }

  // For each index that add() gave, the first one of equal bytes.
  Result<std::vector<uint32_t>> merge(FingerprintPass* fingerprints) {
    std::map<uint64_t, std::vector<uint32_t>> by_size;
    std::vector<uint32_t> first(buffers_.size());
    for (uint32_t i = 0; i < buffers_.size(); ++i) {
      first[i] = i;
      // What is computed from the others can't be read before them.
      if (dynamic_cast<const FingerprintTable*>(buffers_[i].source.get()) == nullptr) by_size[buffers_[i].size].push_back(i);
    }
    for (const auto& [size, members] : by_size) {
      if (members.size() > 1) KELT_RETURN_IF_ERROR(merge_members(members, fingerprints, first));
    }
    return first;
  }

  [[nodiscard]] const std::vector<StoredBuffer>& buffers() const { return buffers_; }
  [[nodiscard]] uint64_t bytes_of_uses() const {
    uint64_t sum = 0;
    for (const uint64_t size : uses_) sum += size;
    return sum;
  }

 private:
  // Of equal size. A buffer that is read whole here passes the fingerprints, if it is not read again.
  Result<void> merge_members(const std::vector<uint32_t>& members, FingerprintPass* fingerprints, std::vector<uint32_t>& first) {
    std::unordered_map<size_t, std::vector<uint32_t>> distinct;  // by hash
    for (const uint32_t member : members) {
      if (StoredBuffer whole = observed(member, fingerprints); whole.size <= 2 * kSample) {
        KELT_RETURN_IF_ERROR(keep(whole));
        buffers_[member] = std::move(whole);
      }
      KELT_ASSIGN_OR_RETURN(const size_t hash, hash_of_ends(buffers_[member]));
      for (const uint32_t candidate : distinct[hash]) {
        KELT_ASSIGN_OR_RETURN(const bool equal, equal_bytes(buffers_[candidate], observed(member, fingerprints)));
        if (!equal) continue;
        first[member] = candidate;
        break;
      }
      if (first[member] == member) distinct[hash].push_back(member);
    }
    return {};
  }

  [[nodiscard]] StoredBuffer observed(uint32_t member, FingerprintPass* fingerprints) const {
    StoredBuffer buffer = buffers_[member];
    if (fingerprints != nullptr) buffer.source = fingerprints->observe(buffer.source);
    return buffer;
  }

  std::vector<StoredBuffer> buffers_;
  std::vector<uint64_t> uses_;
  std::unordered_map<std::string, uint32_t> by_identity_;
};

// The buffer that joined the stored ones last: what is read of it to be written passes the fingerprints, or it will hold them.
void observe_last(Buffers& buffers) {
  std::shared_ptr<const ByteSource>& source = buffers.stored.back().source;
  if (!buffers.fingerprints) return;
  if (dynamic_cast<const FingerprintTable*>(source.get()) != nullptr) {
    buffers.fingerprints_at = buffers.stored.size() - 1;
  } else {
    source = buffers.fingerprints->observe(source);
  }
}

}  // namespace

Result<Buffers> collect_buffers(const litert::Model& model, Merge merge) {
  Collector collector;
  Buffers out;
  std::vector<uint32_t*> references;  // hold the collector's indices until all buffers are known
  for (const litert::Subgraph& subgraph : model.subgraphs) out.of_tensor.emplace_back(subgraph.tensors.size(), 0);
  out.of_metadata.resize(model.metadata.size());
  out.of_nameless_metadata.resize(model.metadata_buffers.size());

  const auto refer = [&](const Array& array, std::string user, uint32_t& reference) -> Result<void> {
    KELT_ASSIGN_OR_RETURN(reference, collector.add(array, std::move(user)));
    references.push_back(&reference);
    return {};
  };
  for (size_t s = 0; s < model.subgraphs.size(); ++s) {
    for (size_t t = 0; t < model.subgraphs[s].tensors.size(); ++t) {
      const litert::Tensor& tensor = model.subgraphs[s].tensors[t];
      if (tensor.constant) KELT_RETURN_IF_ERROR(refer(*tensor.constant, "the constant " + tensor.name, out.of_tensor[s][t]));
    }
  }
  for (size_t i = 0; i < model.metadata_buffers.size(); ++i) {
    KELT_RETURN_IF_ERROR(refer(model.metadata_buffers[i], "nameless metadata", out.of_nameless_metadata[i]));
  }
  for (size_t i = 0; i < model.metadata.size(); ++i) {
    KELT_RETURN_IF_ERROR(refer(model.metadata[i].bytes, "the metadata " + model.metadata[i].name, out.of_metadata[i]));
  }

  for (const litert::Metadata& entry : model.metadata) {
    const auto table = std::dynamic_pointer_cast<const FingerprintTable>(entry.bytes.source);
    if (table) out.fingerprints = std::make_shared<FingerprintPass>(table);
  }
  std::vector<uint32_t> first(collector.buffers().size());
  std::iota(first.begin(), first.end(), 0);
  if (merge == Merge::kEqualBytes) {
    KELT_ASSIGN_OR_RETURN(first, collector.merge(out.fingerprints.get()));
  }
  std::vector<uint32_t> place(first.size());
  uint64_t stored_bytes = 0;
  for (uint32_t i = 0; i < first.size(); ++i) {
    if (first[i] == i) {
      out.stored.push_back(collector.buffers()[i]);
      stored_bytes += out.stored.back().size;
      observe_last(out);
      place[i] = static_cast<uint32_t>(out.stored.size());  // buffer 0 is the empty one
    }
  }
  for (uint32_t* reference : references) *reference = place[first[*reference]];
  out.merged_bytes = collector.bytes_of_uses() - stored_bytes;
  return out;
}

}  // namespace kelt::write
