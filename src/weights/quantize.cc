// weights/quantize.cc — the nearest integers of floats, computed as they are read.

#include "weights/quantize.h"

#include <bit>

#include "weights/half.h"
#include "weights/scale_choice.h"
#include "weights/scale_runs.h"
#include "weights/source.h"

namespace kelt {
namespace {

constexpr size_t kNearestPiece = size_t{1} << 16;  // elements at a time; up to kMostNearest where that suits the source better
constexpr size_t kMostNearest = size_t{1} << 20;
// What -8 cuts off less on one side is a mean error, which adds up in long sums: over 64 normal, uniform and Laplacian weights -8 gains
// 0.2 to 0.8 dB under any inputs, over 128 uniform ones it loses as much under inputs with a mean, over a channel up to 2.6 dB.
constexpr int64_t kLongestWithMinusEight = 64;
constexpr size_t kTogether = 16;      // a loop of so many is compiled into vectors
constexpr float kRounds = 0x1.8p23F;  // a float this large has no fraction: adding it rounds to the nearest, ties to even

std::byte nearest(float value, float scale, Grid grid) {
  float scaled = value / scale;
  scaled = scaled < grid.lowest ? grid.lowest : scaled;
  scaled = scaled > grid.highest ? grid.highest : scaled;
  return static_cast<std::byte>(std::bit_cast<uint32_t>(scaled + kRounds));  // the low byte
}

// scale_of(i) is a constant, or a lookup.
template <typename ScaleOf>
void take_nearest(const float* in, size_t count, Grid grid, std::byte* out, const ScaleOf& scale_of) {
  size_t begin = 0;
  for (; begin + kTogether <= count; begin += kTogether) {
    for (size_t i = begin; i < begin + kTogether; ++i) out[i] = nearest(in[i], scale_of(i), grid);
  }
  for (; begin < count; ++begin) out[begin] = nearest(in[begin], scale_of(begin), grid);
}

// The scales as a file has them.
class ScalesSource : public ByteSource {
 public:
  ScalesSource(std::span<const float> scales, DType type, std::string identity) : type_(type), identity_(std::move(identity)) {
    if (type_ == DType::kFloat32) floats_.assign(scales.begin(), scales.end());
    if (type_ == DType::kFloat16) std::ranges::transform(scales, std::back_inserter(halves_), [](float scale) { return to_half(scale); });
  }
  [[nodiscard]] size_t size() const override { return bytes().size(); }
  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    std::ranges::copy(bytes().subspan(offset, out.size()), out.begin());
    return {};
  }
  [[nodiscard]] std::optional<std::span<const std::byte>> in_memory() const override { return bytes(); }
  [[nodiscard]] std::string identity() const override { return "scales(" + identity_ + ")"; }
  [[nodiscard]] float operator[](size_t place) const { return floats_.empty() ? to_float(halves_[place]) : floats_[place]; }

 private:
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return floats_.empty() ? std::as_bytes(std::span(halves_)) : std::as_bytes(std::span(floats_));
  }

  DType type_;
  std::vector<float> floats_;
  std::vector<Half> halves_;
  std::string identity_;
};

class NearestSource : public ByteSource {
 public:
  NearestSource(Array weights, ScaleRuns runs, Grid grid, std::shared_ptr<const ScalesSource> scales, std::string identity)
      : weights_(std::move(weights)), runs_(std::move(runs)), grid_(grid), scales_(std::move(scales)), identity_(std::move(identity)) {}
  [[nodiscard]] size_t size() const override { return weights_.count(); }

  [[nodiscard]] Result<void> read(size_t offset, std::span<std::byte> out) const override {
    const size_t piece = std::min(piece_of(grain(), kNearestPiece, kMostNearest), out.size());
    const auto buffer = std::make_unique_for_overwrite<float[]>(piece);
    while (!out.empty()) {
      const std::span floats(buffer.get(), std::min(piece, out.size()));
      KELT_RETURN_IF_ERROR(weights_.source->read(offset * sizeof(float), std::as_writable_bytes(floats)));
      take(floats, offset, out.data());
      offset += floats.size();
      out = out.subspan(floats.size());
    }
    return {};
  }

  [[nodiscard]] size_t grain() const override { return std::max<size_t>(weights_.source->grain() / sizeof(float), 1); }
  [[nodiscard]] std::string identity() const override { return "nearest(" + identity_ + ")"; }

 private:
  void take(std::span<const float> floats, size_t first, std::byte* out) const {
    const auto [length, scaled] = runs_.last();
    for (size_t i = 0; i < floats.size();) {
      const size_t column = (first + i) % length;
      const size_t count = std::min(length - column, floats.size() - i);
      const size_t place = runs_.scale_of((first + i) / length);
      if (scaled) {
        take_nearest(floats.data() + i, count, grid_, out + i, [&](size_t at) { return (*scales_)[place + column + at]; });
      } else {
        take_nearest(floats.data() + i, count, grid_, out + i, [scale = (*scales_)[place]](size_t) { return scale; });
      }
      i += count;
    }
  }

  Array weights_;
  ScaleRuns runs_;
  Grid grid_;
  std::shared_ptr<const ScalesSource> scales_;
  std::string identity_;
};

std::string text_of(const Array& weights, const Steps& steps) {
  std::string least;
  for (const float scale : steps.least) least += std::to_string(std::bit_cast<uint32_t>(scale)) + " ";
  return least + std::to_string(static_cast<int>(steps.choice)) + "," + std::to_string(steps.bits) + "," +
         std::string(short_name(steps.type)) + "," + std::to_string(static_cast<int>(steps.grid.lowest)) + "," +
         std::to_string(steps.of_sum) + "," + shape_text(weights.shape) + "," + shape_text(steps.scales) + "," + weights.source->identity();
}

}  // namespace

Steps per_tensor(const Shape& weights, int bits) { return {.bits = bits, .scales = Shape(weights.size(), 1)}; }

Steps per_channel(const Shape& weights, int axis, int bits) {
  Steps steps = per_tensor(weights, bits);
  steps.scales.at(static_cast<size_t>(axis)) = weights.at(static_cast<size_t>(axis));
  return steps;
}

Steps in_blocks(const Shape& weights, int64_t block, int bits) {
  Steps steps{.bits = bits, .scales = weights, .type = DType::kFloat16};
  steps.scales.back() /= block;
  if (bits == 4 && block <= kLongestWithMinusEight) steps.grid.lowest -= 1;
  return steps;
}

Grid symmetric_grid(int bits) {
  const auto highest = static_cast<float>((1 << (bits - 1)) - 1);
  return {-highest, highest};
}

Result<Quantized> quantize_weights(const Array& weights, const Steps& steps) {
  Quantized quantized{.values = {DType::kInt8, weights.shape, nullptr}, .bits = steps.bits, .scales = {steps.type, steps.scales, nullptr}};
  KELT_RETURN_IF_ERROR(check_quantized(quantized));
  if (weights.dtype != DType::kFloat32) {
    return Error{.code = Code::kInternal, .what = "float32 weights can be quantized, not " + std::string(name(weights.dtype))};
  }
  const ScaleRuns runs(weights.shape, steps.scales);
  KELT_ASSIGN_OR_RETURN(std::vector<float> scales, choose_scales(weights, runs, steps));
  for (size_t i = 0; i < std::min(scales.size(), steps.least.size()); ++i) scales[i] = std::max(scales[i], steps.least[i]);
  const std::string identity = text_of(weights, steps);
  const auto stored = std::make_shared<ScalesSource>(scales, steps.type, identity);
  quantized.values.source = std::make_shared<NearestSource>(weights, runs, steps.grid, stored, identity);
  quantized.scales.source = stored;
  return quantized;
}

}  // namespace kelt
