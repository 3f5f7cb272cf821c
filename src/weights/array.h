// weights/array.h — a constant array that need not be in memory: where its bytes come from, and what is done to them.
//
// An Array is a handle: copying it copies no bytes. Its source is read in slices, as often as wanted, from any thread, so a
// transpose or a fold of a weight of gigabytes costs a buffer of one slice. Borrowed memory must outlive every Array that
// refers to it; `owner` keeps it alive where its owner has a handle to give.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "weights/dtype.h"

namespace kelt {

class MappedFile;

// The bytes of an array in row-major order, computed as they are read. Implementations are immutable and thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  [[nodiscard]] virtual size_t size() const = 0;
  // Fills `out` with the bytes from `offset` on; offset + out.size() <= size().
  [[nodiscard]] virtual Result<void> read(size_t offset, std::span<std::byte> out) const = 0;
  // The bytes themselves, where they lie in memory as they are.
  [[nodiscard]] virtual std::optional<std::span<const std::byte>> in_memory() const { return std::nullopt; }
  // The bytes were read in place and are not needed soon: pages of a file leave the process.
  virtual void let_go(size_t /*offset*/, size_t /*size*/) const {}
  // Reads that start and end at multiples of this many bytes are the fastest.
  [[nodiscard]] virtual size_t grain() const { return 1; }
  // Equal identities mean equal bytes, as long as the sources live; names the source and every transform.
  [[nodiscard]] virtual std::string identity() const = 0;
};

using Shape = std::vector<int64_t>;

struct Array {
  DType dtype = DType::kFloat32;
  Shape shape;
  std::shared_ptr<const ByteSource> source;

  [[nodiscard]] size_t count() const;  // elements
  [[nodiscard]] size_t bytes() const { return byte_size(dtype, count()); }
};

// Sources.
[[nodiscard]] Array array_of(DType dtype, Shape shape, std::vector<std::byte> bytes);
// Bytes of others: of memory, or of a read-only mapping of a file, whose pages may leave the process once they were read.
enum class Held : uint8_t { kInMemory, kInFile };
[[nodiscard]] Array borrow(DType dtype, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                           Held held = Held::kInMemory);
// The same with the elements `strides` apart along each axis, in elements: 0 repeats them. `bytes` reach from the first to the last.
[[nodiscard]] Array borrow_strided(DType dtype, Shape shape, std::span<const int64_t> strides, std::span<const std::byte> bytes,
                                   std::shared_ptr<const void> owner, Held held = Held::kInMemory);
// A range of a file; fails unless the range lies within it.
[[nodiscard]] Result<Array> file_range(DType dtype, Shape shape, std::shared_ptr<const MappedFile> file, uint64_t offset);
template <typename T>
[[nodiscard]] Array array_from(Shape shape, std::span<const T> values);  // float, double, int8…int64, uint8…, bool
[[nodiscard]] Array scalar(DType dtype, double value);
[[nodiscard]] Array scalar(DType dtype, int64_t value);

// Transforms: lazy, in slices. One that can't be (a wrong permutation, count or dtype: a bug of the caller) gives an Array that
// fails when it is read.
[[nodiscard]] Array transpose(const Array& array, std::span<const int> permutation);
[[nodiscard]] Array reshape(const Array& array, Shape shape);  // the same count
[[nodiscard]] Array cast(const Array& array, DType dtype);     // numpy's conversions; float → int truncates
// The same, of an array that a file has in another precision than the model: was_half says nothing of how it is stored.
[[nodiscard]] Array as_in_model(const Array& stored, DType dtype);
// Whether its elements were float16 or bfloat16, before they were scaled or moved.
[[nodiscard]] bool was_half(const Array& array);
// Names what an array stands on, behind transposes, reshapes and as_in_model, as ByteSource::identity does.
[[nodiscard]] std::string root_identity(const Array& array);
// `length` places of an axis, from `begin` on.
[[nodiscard]] Array slice(const Array& array, int axis, int64_t begin, int64_t length);
// array × factors, where factors is a vector along `axis`; float32 only.
[[nodiscard]] Array scale_along(const Array& array, int axis, const Array& factors);

// Repeated along axes of length 1, and axes that stand before its own: numpy's broadcasting.
[[nodiscard]] Array broadcast(const Array& array, const Shape& shape);

// float32 arithmetic, rounded after each operation as IEEE 754 has it; the first five take two operands of the same shape.
enum class Arithmetic : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kSquaredDifference,
  kSquare,
  kSquareRoot,
  kReciprocalSquareRoot,
  kNegate,
  kAbsolute,
};
[[nodiscard]] Array elementwise(Arithmetic op, std::vector<Array> operands);

// Integers packed two to a byte along `axis`, the first in the low bits → int8, `length` of them along that axis. Unsigned ones
// (0…15) come out 8 lower.
[[nodiscard]] Array unpack_nibbles(const Array& packed, int axis, int64_t length, bool is_unsigned);

// int8 → integers of 2, 4 or 8 bits in row-major order, packed into uint8 from the low bits on, as files hold them; and back.
[[nodiscard]] Array pack_bits(const Array& values, int bits);
[[nodiscard]] Array unpack_bits(const Array& bytes, int bits, Shape shape);

// Sums (or means) over axes, which get the length 1; float32, summed in double precision. Reads the array once, in slices.
[[nodiscard]] Result<Array> sum_over(const Array& array, std::span<const int> axes, bool mean);

// Reads it all: for small arrays.
[[nodiscard]] Result<std::vector<std::byte>> read_all(const Array& array);
template <typename T>
[[nodiscard]] Result<std::vector<T>> read_as(const Array& array);  // converts from any dtype to double, float, int64_t or int32_t

}  // namespace kelt
