// weights/dequantize.cc — floats that are computed from integers as they are read, and the integers found again behind them.

#include <cstring>

#include "weights/quantized.h"
#include "weights/strided.h"

namespace kelt {
namespace {

constexpr size_t kPiece = size_t{1} << 16;  // elements at a time

class DequantizeSource : public ByteSource {
 public:
  explicit DequantizeSource(Quantized quantized)
      : quantized_(std::move(quantized)), scales_(cast(quantized_.scales, DType::kFloat32)), count_(quantized_.values.count()) {
    if (quantized_.zeros) zeros_ = cast(*quantized_.zeros, DType::kFloat32);
    const Shape blocks = block_shape(quantized_);
    size_t stride = 1;
    axes_.resize(std::max<size_t>(blocks.size(), 1));
    for (size_t i = blocks.size(); i-- > 0;) {
      const auto scales = static_cast<size_t>(quantized_.scales.shape[i]);
      axes_[i] = {static_cast<size_t>(quantized_.values.shape[i]), static_cast<size_t>(blocks[i]), scales == 1 ? 0 : stride};
      stride *= scales;
    }
  }
  [[nodiscard]] size_t size() const override { return count_ * sizeof(float); }
  [[nodiscard]] const Quantized& quantized() const { return quantized_; }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    return read_elements(sizeof(float), offset, out, [&](size_t first, std::span<std::byte> whole) -> Result<void> {
      Elements values, scales, zeros;
      while (!whole.empty()) {
        const size_t count = std::min(kPiece, whole.size() / sizeof(float));
        const Rows rows = rows_of(first, count);
        KELT_ASSIGN_OR_RETURN(const auto integers, values.read(*quantized_.values.source, first, count));
        Parameters parameters{.first = rows.begin};
        KELT_ASSIGN_OR_RETURN(parameters.scales, scales.read(*scales_.source, rows.begin * sizeof(float), rows.count * sizeof(float)));
        if (zeros_) {
          KELT_ASSIGN_OR_RETURN(parameters.zeros, zeros.read(*zeros_->source, rows.begin * sizeof(float), rows.count * sizeof(float)));
        }
        compute(integers, first, parameters, whole.data());
        first += count;
        whole = whole.subspan(count * sizeof(float));
      }
      return {};
    });
  }

  [[nodiscard]] std::string identity() const override {
    return "dequantize(" + shape_text(quantized_.values.shape) + "," + shape_text(quantized_.scales.shape) + "," +
           quantized_.values.source->identity() + "," + scales_.source->identity() + (zeros_ ? "," + zeros_->source->identity() : "") + ")";
  }

 private:
  struct Lengths {
    size_t values = 1, block = 1;
    size_t stride = 0;  // of the scales; 0 where one is for all
  };
  struct Rows {  // of scales: those of the first axis's places, whole
    size_t begin, count;
  };
  struct Parameters {
    size_t first = 0;  // the place of the first in the array
    std::span<const std::byte> scales = {}, zeros = {};
  };

  [[nodiscard]] Rows rows_of(size_t first, size_t count) const {
    const size_t all = scales_.count();
    if (axes_[0].stride == 0) return {0, all};
    const size_t per_row = count_ / axes_[0].values;
    const size_t begin = first / per_row / axes_[0].block;
    const size_t end = (first + count - 1) / per_row / axes_[0].block + 1;
    return {begin * axes_[0].stride, (end - begin) * axes_[0].stride};
  }

  // The scale's place of the first element of a row of the last axis.
  [[nodiscard]] size_t place_of_row(size_t row) const {
    size_t place = 0;
    for (size_t i = axes_.size() - 1; i-- > 0;) {
      place += row % axes_[i].values / axes_[i].block * axes_[i].stride;
      row /= axes_[i].values;
    }
    return place;
  }

  void compute(std::span<const std::byte> integers, size_t first, const Parameters& parameters, std::byte* out) const {
    const Lengths& last = axes_.back();
    for (size_t i = 0; i < integers.size();) {
      const size_t row = place_of_row((first + i) / last.values);
      for (size_t column = (first + i) % last.values; column < last.values && i < integers.size();) {
        const size_t end = std::min(i + last.block - column % last.block, integers.size());
        const size_t at = (row + column / last.block * last.stride - parameters.first) * sizeof(float);
        float scale = 0, zero = 0;
        std::memcpy(&scale, parameters.scales.data() + at, sizeof(float));
        if (!parameters.zeros.empty()) std::memcpy(&zero, parameters.zeros.data() + at, sizeof(float));
        column += end - i;
        for (; i < end; ++i) {
          const float value = (static_cast<float>(static_cast<int8_t>(integers[i])) - zero) * scale;
          std::memcpy(out + i * sizeof(float), &value, sizeof(float));
        }
      }
    }
  }

  Quantized quantized_;
  Array scales_;
  std::optional<Array> zeros_;
  size_t count_;
  std::vector<Lengths> axes_;
};

// Elements at equal distances, which share a scale or have one each.
struct Stretch {
  Axis values;
  bool scaled = false;
  size_t scale_stride = 0;
};

// The row-major elements of a Quantized, from the outermost on.
std::vector<Stretch> stretches_of(const Quantized& quantized) {
  std::vector<Stretch> stretches;
  size_t stride = 1, scale_stride = 1;
  const Shape blocks = block_shape(quantized);
  for (size_t i = blocks.size(); i-- > 0;) {
    const auto block = static_cast<size_t>(blocks[i]);
    const auto scales = static_cast<size_t>(quantized.scales.shape[i]);
    if (block > 1) stretches.insert(stretches.begin(), Stretch{{block, stride}});
    if (scales > 1) stretches.insert(stretches.begin(), Stretch{{scales, stride * block}, true, scale_stride});
    stride *= block * scales;
    scale_stride *= scales;
  }
  return stretches;
}

// An axis of a view, cut where it goes from one stretch into the next. Empty if a cut falls between two places.
std::optional<std::vector<Stretch>> cut(const Axis& axis, std::span<const Stretch> stretches) {
  std::vector<Stretch> parts;
  size_t length = 1;
  for (const Stretch& stretch : stretches) {
    const size_t begin = std::max(axis.stride, stretch.values.stride);
    const size_t end = std::min(axis.stride * axis.length, stretch.values.stride * stretch.values.length);
    if (end <= begin) continue;
    if (begin % stretch.values.stride != 0 || end % begin != 0) return std::nullopt;
    parts.push_back({{end / begin, begin}, stretch.scaled, stretch.scale_stride * (begin / stretch.values.stride)});
    length *= end / begin;
  }
  return length == axis.length ? std::optional(std::move(parts)) : std::nullopt;
}

// The scales along one axis of an array that is a view: those of its outer part. Empty if scales differ inside of a block.
std::optional<std::vector<Axis>> scales_along(std::span<const Axis> group, std::span<const Stretch> stretches) {
  std::vector<Axis> scales;
  bool inside = false;
  for (const Axis& axis : group) {
    if (axis.length == 1) continue;
    const auto parts = cut(axis, stretches);
    if (!parts) return std::nullopt;
    for (const Stretch& part : *parts) {
      if (part.scaled && inside) return std::nullopt;
      inside = inside || !part.scaled;
      if (part.scaled) scales.push_back({part.values.length, part.scale_stride});
    }
  }
  return scales;
}

}  // namespace

Array dequantize(const Quantized& quantized) {
  if (Result<void> fits = check_quantized(quantized); !fits.ok()) return failed(DType::kFloat32, quantized.values.shape, fits.error());
  return {DType::kFloat32, quantized.values.shape, std::make_shared<DequantizeSource>(quantized)};
}

std::optional<Quantized> quantized_form(const Array& array) {
  if (array.dtype != DType::kFloat32) return std::nullopt;
  const auto view = view_of(array);
  const auto* source = view ? dynamic_cast<const DequantizeSource*>(view->base.get()) : nullptr;
  if (source == nullptr) return std::nullopt;
  Quantized found = source->quantized();
  const std::vector<Stretch> stretches = stretches_of(found);
  View scales{nullptr, {}};
  Shape shape;
  for (const std::vector<Axis>& group : view->groups) {
    auto along = scales_along(group, stretches);
    if (!along) return std::nullopt;
    shape.push_back(static_cast<int64_t>(count_of(*along)));
    scales.groups.push_back(*std::move(along));
  }
  const auto moved = [](View of, const Shape& to, const Array& base) {
    of.base = base.source;
    return array_of_view(of, to, base);
  };
  found.values = moved(*view, array.shape, found.values);
  found.scales = moved(scales, shape, found.scales);
  if (found.zeros) found.zeros = moved(scales, shape, *found.zeros);
  return found;
}

bool comes_from_integers(const Array& array) {
  const auto view = view_of(array);
  return view && dynamic_cast<const DequantizeSource*>(view->base.get()) != nullptr;
}

}  // namespace kelt
