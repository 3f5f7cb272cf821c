// weights/strided.h — an array as a strided view of the source below it. Private to the room.

#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "weights/source.h"
#include "weights/strided_copy.h"

namespace kelt {

class StridedSource : public ByteSource {
 public:
  StridedSource(std::shared_ptr<const ByteSource> base, size_t item, std::vector<Axis> axes)
      : base_(std::move(base)), item_(item), axes_(std::move(axes)) {}
  [[nodiscard]] size_t size() const override { return count_of(axes_) * item_; }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    Viewed viewed;
    if (const auto memory = base_->in_memory()) viewed.memory = memory->data();
    viewed.read = [this](size_t first, std::span<std::byte> run) { return base_->read(first * item_, run); };
    KELT_RETURN_IF_ERROR(read_elements(
        item_, offset, out, [&](size_t first, std::span<std::byte> whole) { return copy_strided(viewed, item_, axes_, first, whole); }));
    // Each slice may touch pages all over the base: they are let go whenever so many bytes were read as there are.
    const size_t all = size(), before = read_.fetch_add(out.size(), std::memory_order_relaxed);
    if (all >= kManyBytes && before / all != (before + out.size()) / all) base_->let_go(0, base_->size());
    return {};
  }

  // As many rows as use up the cache lines of the source.
  [[nodiscard]] size_t grain() const override {
    const size_t together = closest(axes_);
    const size_t row = count_of(std::span(axes_).subspan(together + 1)) * item_;
    return row * std::min(axes_[together].length, 64 / item_);
  }

  [[nodiscard]] std::string identity() const override {
    std::string text = "view(" + std::to_string(item_);
    for (const Axis& axis : axes_) text += "," + std::to_string(axis.length) + ":" + std::to_string(axis.stride);
    return text + "," + base_->identity() + ")";
  }

  [[nodiscard]] const std::shared_ptr<const ByteSource>& base() const { return base_; }
  [[nodiscard]] size_t item() const { return item_; }
  [[nodiscard]] std::span<const Axis> axes() const { return axes_; }

 private:
  std::shared_ptr<const ByteSource> base_;
  size_t item_;
  std::vector<Axis> axes_;  // collapsed; at least one
  mutable std::atomic<size_t> read_ = 0;
};

// What an array stands on: the source behind views, and behind conversions of what a file stores (as_in_model).
struct Root {
  const ByteSource* base = nullptr;
  std::vector<Axis> view;  // of the base's elements; without axes the base as it is
  bool converted = false;
};
[[nodiscard]] Root root_of(const ByteSource& source);

// The places of a view's elements within an array that is itself a view of the same base; empty where the one is not within the
// other. `array` without axes is the base.
[[nodiscard]] std::optional<std::vector<Axis>> within(std::span<const Axis> view, std::span<const Axis> array);

// Each axis of an array as the runs of axes of the base that it goes through, in order.
struct View {
  std::shared_ptr<const ByteSource> base;
  std::vector<std::vector<Axis>> groups;  // one an axis of the array; collapsed
};

// Empty where an axis of the array would cut one of the view where it can't.
[[nodiscard]] std::optional<View> view_of(const Array& array);
// The elements of `base` that the axes go through, packed; the base itself where that moves nothing.
[[nodiscard]] Array packed_view(DType dtype, Shape shape, std::shared_ptr<const ByteSource> base, std::span<const Axis> view);
// The same view of another base, whose elements are counted alike.
[[nodiscard]] Array array_of_view(const View& view, Shape shape, const Array& base);

}  // namespace kelt
