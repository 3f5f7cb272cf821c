#include "weights/source.h"

namespace kelt {
namespace {

class FailedSource : public ByteSource {
 public:
  explicit FailedSource(Error error) : error_(std::move(error)) {}
  [[nodiscard]] size_t size() const override { return 1; }  // so that whoever writes it reads it
  [[nodiscard]] Result<void> read(size_t, std::span<std::byte>) const override { return error_; }
  [[nodiscard]] std::string identity() const override { return "failed(" + error_.to_string() + ")"; }

 private:
  Error error_;
};

}  // namespace

std::optional<size_t> checked_count(const Shape& shape) {
  size_t count = 1;
  bool overflow = false;
  bool zero = false;
  for (const int64_t dim : shape) {
    if (dim < 0) return std::nullopt;
    zero |= dim == 0;
    overflow |= __builtin_mul_overflow(count, static_cast<size_t>(dim), &count);
  }
  if (zero) return 0;
  if (overflow || count > (SIZE_MAX >> 5)) return std::nullopt;
  return count;
}

Array failed(DType dtype, Shape shape, Error error) { return {dtype, std::move(shape), std::make_shared<FailedSource>(std::move(error))}; }

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const int64_t dim : shape) text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text;
}

void Elements::let_go() {
  if (given_ != nullptr && size_ >= kManyBytes) given_->let_go(offset_, size_);
  given_ = nullptr;
}

Result<std::span<const std::byte>> Elements::read(const ByteSource& source, size_t offset, size_t size) {
  // Small pieces in a row are let go together.
  const bool goes_on = given_ == &source && offset == offset_ + size_ && size_ < kManyBytes;
  if (!goes_on) let_go();
  // What lies in an archive may begin anywhere; who reads elements takes them for aligned.
  constexpr size_t kWidest = 8;
  const auto memory = source.in_memory();
  if (memory && reinterpret_cast<uintptr_t>(memory->data()) % kWidest == 0) {
    given_ = &source;
    offset_ = goes_on ? offset_ : offset;
    size_ = goes_on ? size_ + size : size;
    return memory->subspan(offset, size);
  }
  if (capacity_ < size) {
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(size);
    capacity_ = size;
  }
  const std::span out(buffer_.get(), size);
  KELT_RETURN_IF_ERROR(source.read(offset, out));
  return std::span<const std::byte>(out);
}

}  // namespace kelt
