#include "weights/strided_copy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace kelt {
namespace {

// A tile is read along the axis that lies together in the source, a cache line at a time, turned in a buffer that stays in
// the first-level cache, and written in runs of several cache lines.
constexpr size_t kLine = 64;
constexpr size_t kTileRuns = 64;

template <typename Word>
class Copier {
  static constexpr size_t kWide = kLine / sizeof(Word);
  using Tile = std::array<std::array<Word, kTileRuns>, kWide>;

 public:
  Copier(const Viewed& viewed, std::span<const Axis> axes) : viewed_(viewed), axes_(axes) {}

  // The elements [begin, end) of the axes from `axis` on, as boxes that are whole in all but their first axis.
  Result<void> range(size_t axis, size_t base, size_t begin, size_t end, std::byte* out) {
    if (begin == end) return {};
    if (axis == axes_.size()) return box({}, base, out);
    const size_t inner = count_of(axes_.subspan(axis + 1));
    size_t index = begin / inner;
    if (const size_t skip = begin % inner; skip != 0) {
      const size_t stop = std::min(inner, skip + (end - begin));
      KELT_RETURN_IF_ERROR(range(axis + 1, base + index * axes_[axis].stride, skip, stop, out));
      out += (stop - skip) * sizeof(Word);
      begin += stop - skip;
      ++index;
      if (begin == end) return {};
    }
    if (const size_t rows = end / inner - index; rows > 0) {
      std::vector<Axis> whole(axes_.begin() + static_cast<ptrdiff_t>(axis), axes_.end());
      whole[0].length = rows;
      KELT_RETURN_IF_ERROR(box(whole, base + index * axes_[axis].stride, out));
      out += rows * inner * sizeof(Word);
      index += rows;
    }
    return range(axis + 1, base + index * axes_[axis].stride, 0, end % inner, out);
  }

 private:
  // `out` is packed: a box is whole.
  Result<void> box(std::span<const Axis> axes, size_t base, std::byte* out) {
    const std::vector<Axis> merged = collapse(axes);
    if (merged.empty()) return run(base, 1, out);
    const size_t together = closest(merged);
    std::vector<size_t> out_strides(merged.size(), 1);
    for (size_t i = merged.size() - 1; i > 0; --i) out_strides[i - 1] = out_strides[i] * merged[i].length;
    return outer(merged, out_strides, together, 0, base, out);
  }

  Result<void> outer(std::span<const Axis> axes, std::span<const size_t> out_strides, size_t together, size_t axis, size_t base,
                     std::byte* out) {
    const size_t last = axes.size() - 1;
    if (axis == together && axis != last) return outer(axes, out_strides, together, axis + 1, base, out);
    if (axis < last) {
      for (size_t i = 0; i < axes[axis].length; ++i) {
        KELT_RETURN_IF_ERROR(
            outer(axes, out_strides, together, axis + 1, base + i * axes[axis].stride, out + i * out_strides[axis] * sizeof(Word)));
      }
      return {};
    }
    if (together == last) return along(axes[last], base, 1, out);
    if (viewed_.memory != nullptr) {
      turn(axes[together], axes[last], base, out_strides[together], out);
      return {};
    }
    for (size_t i = 0; i < axes[last].length; ++i) {
      KELT_RETURN_IF_ERROR(along(axes[together], base + i * axes[last].stride, out_strides[together], out + i * sizeof(Word)));
    }
    return {};
  }

  // One axis, to every `out_stride`-th place.
  Result<void> along(const Axis& axis, size_t base, size_t out_stride, std::byte* out) {
    if (axis.stride == 1 && out_stride == 1) return run(base, axis.length, out);
    if (viewed_.memory != nullptr) {
      for (size_t i = 0; i < axis.length; ++i) move(word(base + i * axis.stride), out + i * out_stride * sizeof(Word));
      return {};
    }
    if (axis.stride != 1) {
      for (size_t i = 0; i < axis.length; ++i) KELT_RETURN_IF_ERROR(run(base + i * axis.stride, 1, out + i * out_stride * sizeof(Word)));
      return {};
    }
    std::array<std::byte, 4096> piece{};
    constexpr size_t kAtOnce = piece.size() / sizeof(Word);
    for (size_t i = 0; i < axis.length; i += kAtOnce) {
      const size_t count = std::min(kAtOnce, axis.length - i);
      KELT_RETURN_IF_ERROR(run(base + i, count, piece.data()));
      for (size_t j = 0; j < count; ++j) move(piece.data() + j * sizeof(Word), out + (i + j) * out_stride * sizeof(Word));
    }
    return {};
  }

  Result<void> run(size_t base, size_t count, std::byte* out) {
    const size_t size = count * sizeof(Word);
    if (viewed_.memory == nullptr) return viewed_.read(base, std::span(out, size));
    std::memcpy(out, word(base), size);
    return {};
  }

  // Both axes from memory: `together` lies together in the source, `last` in the output.
  void turn(const Axis& together, const Axis& last, size_t base, size_t out_stride, std::byte* out) {
    Tile tile;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
    for (size_t row = 0; row < last.length; row += kTileRuns) {
      const size_t rows = std::min(kTileRuns, last.length - row);
      const bool more = row + rows + kTileRuns <= last.length;
      for (size_t column = 0; column < together.length; column += kWide) {
        const size_t columns = std::min(kWide, together.length - column);
        const std::byte* corner = word(base + row * last.stride + column * together.stride);
        if (columns == kWide && together.stride == 1) {
          fill(tile, corner, last.stride * sizeof(Word), rows, more);
        } else {
          for (size_t r = 0; r < rows; ++r) {
            for (size_t c = 0; c < columns; ++c)
              std::memcpy(&tile[c][r], corner + (r * last.stride + c * together.stride) * sizeof(Word), sizeof(Word));
          }
        }
        for (size_t c = 0; c < columns; ++c) {
          std::memcpy(out + ((column + c) * out_stride + row) * sizeof(Word), tile[c].data(), rows * sizeof(Word));
        }
      }
    }
  }

  // A tile of whole lines. The lines of the next one are asked for meanwhile: each may stand on a page of its own, which the
  // hardware does not foresee.
  static void fill(Tile& tile, const std::byte* line, size_t stride, size_t rows, bool more) {
    size_t r = 0;
    if constexpr (sizeof(Word) == sizeof(uint32_t)) {
      for (; r + 4 <= rows; r += 4, line += 4 * stride) {
        if (more) {
          for (size_t i = 0; i < 4; ++i) __builtin_prefetch(line + (kTileRuns + i) * stride);
        }
        for (size_t c = 0; c < kWide; c += 4) turn_4x4(line + c * sizeof(Word), stride, &tile[c][r]);
      }
    }
    for (; r < rows; ++r, line += stride) {
      if (more) __builtin_prefetch(line + kTileRuns * stride);
      std::array<Word, kWide> words;  // NOLINT(cppcoreguidelines-pro-type-member-init)
      std::memcpy(words.data(), line, sizeof(words));
      for (size_t c = 0; c < kWide; ++c) tile[c][r] = words[c];
    }
  }

  // Four words of each of four lines, to four rows of a tile.
  static void turn_4x4(const std::byte* line, size_t stride, Word* to) {
    using Quad = uint32_t __attribute__((vector_size(16)));
    std::array<Quad, 4> in;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (size_t i = 0; i < 4; ++i) std::memcpy(&in[i], line + i * stride, sizeof(Quad));
    const Quad low_01 = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5);
    const Quad high_01 = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7);
    const Quad low_23 = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
    const Quad high_23 = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
    const std::array<Quad, 4> out = {
        __builtin_shufflevector(low_01, low_23, 0, 1, 4, 5), __builtin_shufflevector(low_01, low_23, 2, 3, 6, 7),
        __builtin_shufflevector(high_01, high_23, 0, 1, 4, 5), __builtin_shufflevector(high_01, high_23, 2, 3, 6, 7)};
    for (size_t i = 0; i < 4; ++i) std::memcpy(to + i * kTileRuns, &out[i], sizeof(Quad));
  }

  [[nodiscard]] const std::byte* word(size_t index) const { return viewed_.memory + index * sizeof(Word); }
  static void move(const std::byte* from, std::byte* to) { std::memcpy(to, from, sizeof(Word)); }

  const Viewed& viewed_;
  std::span<const Axis> axes_;
};

}  // namespace

std::vector<Axis> collapse(std::span<const Axis> axes) {
  std::vector<Axis> merged;
  for (const Axis& axis : axes) {
    if (axis.length == 1) continue;
    if (!merged.empty() && merged.back().stride == axis.length * axis.stride) {
      merged.back() = {merged.back().length * axis.length, axis.stride};
    } else {
      merged.push_back(axis);
    }
  }
  return merged;
}

size_t count_of(std::span<const Axis> axes) {
  size_t count = 1;
  for (const Axis& axis : axes) count *= axis.length;
  return count;
}

size_t closest(std::span<const Axis> axes) {
  size_t found = 0;
  for (size_t i = 1; i < axes.size(); ++i) {
    const bool closer = axes[i].stride < axes[found].stride || axes[found].stride == 0;
    if (axes[i].stride != 0 && closer) found = i;
  }
  return found;
}

Result<void> copy_strided(const Viewed& viewed, size_t item, std::span<const Axis> axes, size_t first, std::span<std::byte> out) {
  const size_t end = first + out.size() / item;
  switch (item) {
    case 1: return Copier<uint8_t>(viewed, axes).range(0, 0, first, end, out.data());
    case 2: return Copier<uint16_t>(viewed, axes).range(0, 0, first, end, out.data());
    case 4: return Copier<uint32_t>(viewed, axes).range(0, 0, first, end, out.data());
    default: return Copier<uint64_t>(viewed, axes).range(0, 0, first, end, out.data());
  }
}

}  // namespace kelt
