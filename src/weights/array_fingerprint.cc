#include "weights/array_fingerprint.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/thread_pool.h"
#include "weights/slices.h"
#include "weights/source.h"
#include "weights/strided.h"

namespace kelt {

static_assert(std::endian::native == std::endian::little, "fingerprints are taken of, and stored as, what lies in memory");

namespace {

constexpr int kFingerprintThreads = 4;  // more wait for the memory

// Odd, without structure: the fractions of the roots of 2 and 3.
constexpr uint64_t kOfPlace = 0x6a09e667f3bcc909U;
constexpr uint64_t kOfElement = 0xbb67ae8584caa73bU;

uint64_t mix_element(uint64_t element, uint64_t place) {
  uint64_t mixed = (element ^ (place * kOfPlace)) * kOfElement;
  mixed = (mixed ^ (mixed >> 32)) * kOfPlace;
  // Once more: a change of the highest bits alone, the sign, would go through the above as a sum does, and two would cancel.
  mixed = (mixed ^ (mixed >> 29)) * kOfElement;
  return mixed ^ (mixed >> 32);
}

// `count` elements that stand at `place`, `place` + `stride`, …
template <typename Word>
uint64_t sum_run(const std::byte* elements, size_t count, size_t place, size_t stride) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    Word word = 0;
    std::memcpy(&word, elements + i * sizeof(Word), sizeof(Word));
    sum += mix_element(word, place + i * stride);
  }
  return sum;
}

// The elements from `first` on of a view, in its order.
template <typename Word>
uint64_t sum_view(std::span<const Axis> view, size_t first, std::span<const std::byte> bytes) {
  const size_t count = bytes.size() / sizeof(Word);
  if (view.empty()) return sum_run<Word>(bytes.data(), count, first, 1);
  const Axis& last = view.back();
  uint64_t sum = 0;
  for (size_t done = 0; done < count;) {
    size_t place = 0;
    size_t row = (first + done) / last.length;
    const size_t column = (first + done) % last.length;
    for (size_t axis = view.size() - 1; axis-- > 0; row /= view[axis].length) place += row % view[axis].length * view[axis].stride;
    const size_t run = std::min(last.length - column, count - done);
    sum += sum_run<Word>(bytes.data() + done * sizeof(Word), run, place + column * last.stride, last.stride);
    done += run;
  }
  return sum;
}

uint64_t sum_elements(size_t item, std::span<const Axis> view, size_t first, std::span<const std::byte> bytes) {
  switch (item) {
    case 1: return sum_view<uint8_t>(view, first, bytes);
    case 2: return sum_view<uint16_t>(view, first, bytes);
    case 4: return sum_view<uint32_t>(view, first, bytes);
    default: return sum_view<uint64_t>(view, first, bytes);
  }
}

uint64_t finished(uint64_t sum, size_t bytes) {
  const uint64_t mixed = mix_element(sum, bytes);
  return mixed ^ (mixed >> 32);
}

Result<uint64_t> fingerprint_of(const NamedArray& named) {
  Result<uint64_t> found = fingerprint(named.array);
  if (!found.ok()) return std::move(found).note("while reading the weight " + named.name).error();
  return found;
}

}  // namespace

Result<uint64_t> fingerprint(const Array& array) {
  const size_t item = byte_size(array.dtype, 1);
  uint64_t sum = 0;
  KELT_RETURN_IF_ERROR(
      read_slices(array, [&](size_t begin, std::span<const std::byte> bytes) { sum += sum_elements(item, {}, begin / item, bytes); }));
  return finished(sum, array.source->size());
}

Result<std::vector<uint64_t>> fingerprints(std::span<const NamedArray> arrays) {
  std::vector<uint64_t> found(arrays.size());
  KELT_RETURN_IF_ERROR(parallel_for(found.size(), kFingerprintThreads, [&](size_t i) -> Result<void> {
    KELT_ASSIGN_OR_RETURN(found[i], fingerprint_of(arrays[i]));
    return {};
  }));
  return found;
}

Result<void> FingerprintTable::read(size_t offset, std::span<std::byte> out) const {
  if (out.empty()) return {};
  KELT_ASSIGN_OR_RETURN(const std::vector<uint64_t> all, fingerprints(arrays_));
  std::memcpy(out.data(), std::as_bytes(std::span(all)).data() + offset, out.size());
  return {};
}

std::string FingerprintTable::identity() const { return "fingerprints(" + std::to_string(reinterpret_cast<uintptr_t>(this)) + ")"; }

int ElementSum::restart() {
  sum_ = 0;
  seen_ = 0;
  cut_ = false;
  return ++reader_;
}

void ElementSum::add(int reader, std::span<const Axis> view, size_t offset, std::span<const std::byte> bytes) {
  if (reader != reader_) return;
  if (offset % item_ != 0 || bytes.size() % item_ != 0) {
    cut_ = true;
    return;
  }
  sum_ += sum_elements(item_, view, offset / item_, bytes);
  seen_ += bytes.size();
}

FingerprintPass::FingerprintPass(std::shared_ptr<const FingerprintTable> table) : table_(std::move(table)) {
  for (const auto& [name, array] : table_->arrays()) {
    if (!array.source) continue;
    Root root = root_of(*array.source);
    auto sum = std::make_shared<ElementSum>(byte_size(array.dtype, 1), array.source->size());
    sums_.try_emplace(root.base, Summed{array.source.get(), std::move(root.view), root.converted, std::move(sum)});
  }
}

Result<std::vector<std::byte>> FingerprintPass::bytes() const {
  const std::vector<NamedArray>& arrays = table_->arrays();
  std::vector<uint64_t> found(arrays.size());
  KELT_RETURN_IF_ERROR(parallel_for(found.size(), kFingerprintThreads, [&](size_t i) -> Result<void> {
    const ByteSource* const source = arrays[i].array.source.get();
    const auto known = source == nullptr ? sums_.end() : sums_.find(root_of(*source).base);
    if (known != sums_.end() && known->second.source == source) {
      const ElementSum& sum = *known->second.sum;
      if (sum.item() == byte_size(arrays[i].array.dtype, 1) && sum.complete()) {
        found[i] = finished(sum.value(), sum.bytes());
        return {};
      }
    }
    KELT_ASSIGN_OR_RETURN(found[i], fingerprint_of(arrays[i]));
    return {};
  }));
  const auto bytes = std::as_bytes(std::span(found));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

}  // namespace kelt
