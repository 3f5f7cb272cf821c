// weights/packed_bits.cc — integers of 2, 4 or 8 bits in row-major order, packed into bytes from the low bits on, as files hold them.

#include "weights/source.h"

namespace kelt {
namespace {

constexpr size_t kPackedPiece = size_t{1} << 16;  // bytes at a time, of the wider side

class PackSource : public ByteSource {
 public:
  PackSource(Array values, size_t bits) : values_(std::move(values)), bits_(bits) {}
  [[nodiscard]] size_t size() const override { return (values_.count() * bits_ + 7) / 8; }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    const size_t each = 8 / bits_;
    const auto mask = static_cast<std::byte>((1U << bits_) - 1);
    Elements buffer;
    while (!out.empty()) {
      const size_t bytes = std::min(kPackedPiece / each, out.size());
      const size_t count = std::min(bytes * each, values_.count() - offset * each);
      KELT_ASSIGN_OR_RETURN(const auto values, buffer.read(*values_.source, offset * each, count));
      std::fill_n(out.begin(), bytes, std::byte{0});
      for (size_t i = 0; i < count; ++i) out[i / each] |= (values[i] & mask) << (i % each * bits_);
      offset += bytes;
      out = out.subspan(bytes);
    }
    return {};
  }

  [[nodiscard]] std::string identity() const override { return "pack(" + std::to_string(bits_) + "," + values_.source->identity() + ")"; }

 private:
  Array values_;
  size_t bits_;
};

class UnpackSource : public ByteSource {
 public:
  UnpackSource(Array bytes, size_t bits, size_t count) : bytes_(std::move(bytes)), bits_(bits), count_(count) {}
  [[nodiscard]] size_t size() const override { return count_; }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    const size_t each = 8 / bits_;
    Elements buffer;
    while (!out.empty()) {
      const size_t count = std::min(kPackedPiece, out.size());
      const size_t first = offset / each;
      KELT_ASSIGN_OR_RETURN(const auto bytes, buffer.read(*bytes_.source, first, (offset + count - 1) / each + 1 - first));
      for (size_t i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned>(bytes[(offset + i) / each - first]);
        const unsigned value = byte >> ((offset + i) % each * bits_) << (8 - bits_);  // its sign in bit 7
        out[i] = static_cast<std::byte>(static_cast<int8_t>(static_cast<uint8_t>(value)) >> (8 - bits_));
      }
      offset += count;
      out = out.subspan(count);
    }
    return {};
  }

  [[nodiscard]] std::string identity() const override {
    return "unpack(" + std::to_string(bits_) + "," + std::to_string(count_) + "," + bytes_.source->identity() + ")";
  }

 private:
  Array bytes_;
  size_t bits_, count_;
};

bool is_packed_width(int bits) { return bits == 2 || bits == 4 || bits == 8; }

}  // namespace

Array pack_bits(const Array& values, int bits) {
  const auto size = static_cast<int64_t>((values.count() * static_cast<size_t>(bits) + 7) / 8);
  if (values.dtype != DType::kInt8 || !is_packed_width(bits)) {
    return failed(
        DType::kUInt8, {size},
        {.code = Code::kInternal, .what = "can't pack " + std::string(name(values.dtype)) + " into " + std::to_string(bits) + " bits"});
  }
  return {DType::kUInt8, {size}, std::make_shared<PackSource>(values, static_cast<size_t>(bits))};
}

Array unpack_bits(const Array& bytes, int bits, Shape shape) {
  const auto count = checked_count(shape);
  if (!count || !is_packed_width(bits) || bytes.bytes() != (*count * static_cast<size_t>(bits) + 7) / 8) {
    return failed(DType::kInt8, shape,
                  {.code = Code::kBadModel,
                   .what = std::to_string(bytes.bytes()) + " bytes are not those of " + shape_text(shape) + " integers of " +
                           std::to_string(bits) + " bits"});
  }
  return {DType::kInt8, std::move(shape), std::make_shared<UnpackSource>(bytes, static_cast<size_t>(bits), *count)};
}

}  // namespace kelt
