// weights/nibbles.cc — 4-bit integers that are packed two to a byte along any axis, unpacked as they are read.

#include "weights/source.h"

namespace kelt {
namespace {

class NibbleSource : public ByteSource {
 public:
  NibbleSource(Array packed, size_t length, size_t inner, bool is_unsigned)
      : packed_(std::move(packed)), length_(length), inner_(inner), is_unsigned_(is_unsigned), half_((length + 1) / 2) {}
  [[nodiscard]] size_t size() const override { return packed_.count() / half_ * length_; }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    const size_t slab = length_ * inner_;  // elements that the pairs of one index of the axes before lie in
    Elements buffer;
    while (!out.empty()) {
      const size_t begin = offset % slab;
      const size_t count = std::min(slab - begin, out.size());
      // From the pair of rows with the first element to that with the last.
      const size_t first = begin / inner_ / 2 * inner_;
      const size_t last = ((begin + count - 1) / inner_ / 2 + 1) * inner_;
      KELT_ASSIGN_OR_RETURN(const auto pairs, buffer.read(*packed_.source, offset / slab * half_ * inner_ + first, last - first));
      for (size_t i = begin; i < begin + count; ++i) {
        const size_t row = i / inner_;
        const auto pair = static_cast<uint8_t>(pairs[row / 2 * inner_ + i % inner_ - first]);
        out[i - begin] = static_cast<std::byte>(value(row % 2 == 0 ? pair & 15 : pair >> 4));
      }
      offset += count;
      out = out.subspan(count);
    }
    return {};
  }

  [[nodiscard]] std::string identity() const override {
    return "nibbles(" + std::to_string(length_) + "," + std::to_string(inner_) + (is_unsigned_ ? ",u," : ",") + packed_.source->identity() +
           ")";
  }

 private:
  [[nodiscard]] int8_t value(int nibble) const {
    return static_cast<int8_t>(is_unsigned_ || nibble > 7 ? nibble - (is_unsigned_ ? 8 : 16) : nibble);
  }

  Array packed_;
  size_t length_;  // of the axis, unpacked
  size_t inner_;   // elements of the axes behind it
  bool is_unsigned_;
  size_t half_;  // of the axis, packed
};

}  // namespace

Array unpack_nibbles(const Array& packed, int axis, int64_t length, bool is_unsigned) {
  Shape shape = packed.shape;
  const auto place = static_cast<size_t>(axis);
  const bool bytes = packed.dtype == DType::kInt8 || packed.dtype == DType::kUInt8;
  if (!bytes || axis < 0 || place >= shape.size() || length < 1 || shape[place] != (length + 1) / 2) {
    return failed(DType::kInt8, shape,
                  {.code = Code::kBadModule,
                   .what = "can't unpack " + std::to_string(length) + " integers of 4 bits along axis " + std::to_string(axis) + " of " +
                           std::string(name(packed.dtype)) + " " + shape_text(shape)});
  }
  size_t inner = 1;
  for (size_t i = place + 1; i < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
  shape[place] = length;
  return {DType::kInt8, std::move(shape), std::make_shared<NibbleSource>(packed, static_cast<size_t>(length), inner, is_unsigned)};
}

}  // namespace kelt
