// weights/array_fingerprint.h — 64 bits that tell whether an array is still the one it was. Not for adversaries.
//
// A fingerprint is a sum over elements, each mixed with its place, so that it can be computed in whatever order they pass. That
// is how a file gets those of its weights without reading them for it: a FingerprintPass adds up what is read to be written.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "weights/array.h"
#include "weights/strided_copy.h"

namespace kelt {

// Of the bytes, whatever source they come from, and of the width of an element; the same on every machine.
[[nodiscard]] Result<uint64_t> fingerprint(const Array& array);

struct NamedArray {
  std::string name;  // for errors
  Array array;
};

// Of several arrays, read in several threads.
[[nodiscard]] Result<std::vector<uint64_t>> fingerprints(std::span<const NamedArray> arrays);

// The fingerprints of several arrays as bytes, 8 each, little-endian. To read them reads all the arrays.
class FingerprintTable : public ByteSource {
 public:
  explicit FingerprintTable(std::vector<NamedArray> arrays) : arrays_(std::move(arrays)) {}
  [[nodiscard]] size_t size() const override { return arrays_.size() * sizeof(uint64_t); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override;
  [[nodiscard]] std::string identity() const override;
  [[nodiscard]] const std::vector<NamedArray>& arrays() const { return arrays_; }

 private:
  std::vector<NamedArray> arrays_;
};

// The sum over the elements of one array that have passed.
class ElementSum {
 public:
  ElementSum(size_t item, size_t bytes) : item_(item), bytes_(bytes) {}
  [[nodiscard]] size_t item() const { return item_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }
  // Whether every element has passed, once.
  [[nodiscard]] bool complete() const { return !cut_ && seen_ == bytes_; }
  [[nodiscard]] uint64_t value() const { return sum_; }

  // Starts again; what is still read through an older reader no longer counts. Returns the number of the new one.
  int restart();
  // Bytes that stand from `offset` on in a view of the array; the view without axes is the array itself. From any thread.
  void add(int reader, std::span<const Axis> view, size_t offset, std::span<const std::byte> bytes);

 private:
  size_t item_, bytes_;
  std::atomic<uint64_t> sum_ = 0;
  std::atomic<size_t> seen_ = 0;   // bytes
  std::atomic<bool> cut_ = false;  // an element came in two parts
  std::atomic<int> reader_ = 0;
};

// The fingerprints of a table, computed while other arrays are read that are made of the same ones.
class FingerprintPass {
 public:
  explicit FingerprintPass(std::shared_ptr<const FingerprintTable> table);
  // The same bytes. Where they are all those of one of the arrays, in any order, cast or scaled, and nothing has summed that one
  // up yet, reading them once does; of two sources made of one array, the last that was asked for counts.
  [[nodiscard]] std::shared_ptr<const ByteSource> observe(const std::shared_ptr<const ByteSource>& source);
  // The table's bytes. Reads only the arrays that have not passed.
  [[nodiscard]] Result<std::vector<std::byte>> bytes() const;

 private:
  struct Summed {
    const ByteSource* source;  // of the array
    std::vector<Axis> view;    // the array's, of what it stands on
    bool converted;
    std::shared_ptr<ElementSum> sum;
  };
  // A source of whole elements of `item` bytes, if they are all those of one of the arrays.
  [[nodiscard]] std::shared_ptr<const ByteSource> observe_elements(const std::shared_ptr<const ByteSource>& source, size_t item) const;

  std::shared_ptr<const FingerprintTable> table_;
  std::map<const ByteSource*, Summed> sums_;  // by what the array stands on
};

}  // namespace kelt
