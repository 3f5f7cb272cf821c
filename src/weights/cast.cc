#include "weights/cast.h"

#include "weights/convert.h"

namespace kelt {
namespace {

constexpr size_t kCastPiece = size_t{1} << 18;  // elements converted at a time; up to kMost where that suits the source better
constexpr size_t kMost = size_t{1} << 21;

}  // namespace

Result<void> CastSource::read(size_t offset, std::span<std::byte> out) const {
  if (to_ == DType::kInt4) return packed_elements(offset, out);
  return read_elements(byte_size(to_, 1), offset, out, [&](size_t first, std::span<std::byte> whole) { return elements(first, whole); });
}

Result<void> CastSource::elements(size_t first, std::span<std::byte> out) const {
  const size_t to_item = byte_size(to_, 1);
  const size_t grain = std::max<size_t>(1, from_.source->grain() / byte_size(from_.dtype, 1));
  const size_t piece = piece_of(grain, kCastPiece, kMost);
  Elements input;
  std::unique_ptr<std::byte[]> unpacked;
  for (const size_t end = first + out.size() / to_item; first < end;) {
    const size_t count = std::min(piece, end - first);
    const std::span<std::byte> part = out.first(count * to_item);
    if (from_.dtype == DType::kInt4) {
      const size_t even = first & ~size_t{1};
      if (!unpacked) unpacked = std::make_unique_for_overwrite<std::byte[]>(piece + 1);
      KELT_ASSIGN_OR_RETURN(const auto packed, input.read(*from_.source, even / 2, byte_size(DType::kInt4, first + count - even)));
      unpack_int4(packed.data(), unpacked.get(), first + count - even);
      convert(DType::kInt8, unpacked.get() + (first - even), to_, part.data(), count);
    } else {
      const size_t from_item = byte_size(from_.dtype, 1);
      KELT_ASSIGN_OR_RETURN(const auto bytes, input.read(*from_.source, first * from_item, count * from_item));
      convert(from_.dtype, bytes.data(), to_, part.data(), count);
    }
    first += count;
    out = out.subspan(part.size());
  }
  return {};
}

Result<void> CastSource::packed_elements(size_t offset, std::span<std::byte> out) const {
  const Array bytes = cast(from_, DType::kInt8);
  Elements input;
  while (!out.empty()) {
    const size_t first = offset * 2;
    const size_t count = std::min({kCastPiece, out.size() * 2, count_ - first});
    KELT_ASSIGN_OR_RETURN(const auto unpacked, input.read(*bytes.source, first, count));
    pack_int4(unpacked.data(), out.data(), count);
    offset += byte_size(DType::kInt4, count);
    out = out.subspan(byte_size(DType::kInt4, count));
  }
  return {};
}

size_t CastSource::grain() const {
  if (to_ == DType::kInt4 || from_.dtype == DType::kInt4) return 1;
  return from_.source->grain() / byte_size(from_.dtype, 1) * byte_size(to_, 1);
}

std::string CastSource::identity() const {
  return "cast(" + std::string(short_name(to_)) + "," + std::string(short_name(from_.dtype)) + "," + from_.source->identity() + ")";
}

Array CastSource::of(Array from) const {
  Shape shape = from.shape;
  return {to_, std::move(shape), std::make_shared<CastSource>(std::move(from), to_, stored_)};
}

Array as_in_model(const Array& stored, DType dtype) {
  if (dtype == stored.dtype) return stored;
  return {dtype, stored.shape, std::make_shared<CastSource>(stored, dtype, true)};
}

Array cast(const Array& array, DType dtype) {
  if (dtype == array.dtype) return array;
  return {dtype, array.shape, std::make_shared<CastSource>(array, dtype)};
}

}  // namespace kelt
