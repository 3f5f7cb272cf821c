#include "verify/weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "quantize/constant.h"
#include "verify/limits.h"

namespace kelt::verify {
namespace {

using litert::TensorType;

constexpr size_t kPiece = size_t{1} << 16;  // elements at a time
constexpr double kHalfUlp = 0x1p-11;        // of float16, over the value
constexpr double kHalfSmallest = 0x1p-25;   // of float16, below its normal numbers
constexpr double kGain = 0.05;              // that the integers of a channel may be off on the average, beside what chance makes
constexpr double kChance = 3;
constexpr double kOtherScale = 0.04;  // below that integers may be rounded so by chance
constexpr uint64_t kFewest = 8;       // values of a scale that tell

// Arrays of floats of one shape, read side by side.
template <size_t count>
Result<void> read_together(const std::array<Array, count>& arrays,
                           const std::function<void(size_t, const std::array<std::span<const float>, count>&)>& visit) {
  std::array<std::vector<float>, count> buffers;
  std::array<std::span<const float>, count> views;
  for (size_t first = 0; first < arrays[0].count();) {
    const size_t length = std::min(kPiece, arrays[0].count() - first);
    for (size_t i = 0; i < count; ++i) {
      buffers[i].resize(length);
      KELT_RETURN_IF_ERROR(arrays[i].source->read(first * sizeof(float), std::as_writable_bytes(std::span(buffers[i]))));
      views[i] = buffers[i];
    }
    visit(first, views);
    first += length;
  }
  return {};
}

// Integers of one scale.
struct OfScale {
  double together = 0, own = 0, noise = 0;  // Σ w ŵ, Σ ŵ², Σ (w − ŵ)²
  double least = 0, most = 1e30;            // of the scales, over this one, whose nearest integers all of these are
  uint64_t values = 0, not_nearest = 0;

  // Whether they have another size than their floats, on the average, and it isn't chance.
  [[nodiscard]] bool has_another_size() const {
    if (own <= 0) return false;
    const double allowed = kGain + kChance * std::sqrt(noise / own / static_cast<double>(values));
    return std::abs(together / own - 1) > allowed;
  }
  // Whether they are the nearest of their floats, though in another scale.
  [[nodiscard]] bool has_another_scale() const {
    return values >= kFewest && least <= most && (most < 1 - kOtherScale || least > 1 + kOtherScale);
  }
  [[nodiscard]] bool is_wrong() const { return not_nearest != 0 && (has_another_size() || has_another_scale()); }
};

// The scales of elements in row-major order.
class Places {
 public:
  Places(const Shape& values, const Shape& scales) : values_(values), scales_(scales) {
    if (values_.empty()) values_ = scales_ = {1};
  }
  [[nodiscard]] size_t count() const { return Array{DType::kFloat32, scales_, nullptr}.count(); }
  // Of the first element of a row of the last axis.
  [[nodiscard]] size_t of_row(size_t row) const {
    size_t place = 0, stride = static_cast<size_t>(scales_.back());
    for (size_t axis = values_.size() - 1; axis-- > 0;) {
      const auto length = static_cast<size_t>(values_[axis]), scales = static_cast<size_t>(scales_[axis]);
      place += row % length / (length / scales) * stride;
      stride *= scales;
      row /= length;
    }
    return place;
  }
  [[nodiscard]] size_t row_length() const { return static_cast<size_t>(values_.back()); }
  [[nodiscard]] size_t block() const { return static_cast<size_t>(values_.back() / scales_.back()); }

 private:
  Shape values_, scales_;
};

// The last integers of a range, in steps.
std::pair<double, double> last_of(int bits) {
  const auto half = static_cast<double>(1 << (bits - 1));
  return {-half, half - 1};
}

struct Integers {
  Quantized form;
  Array floats;  // what they stand for
  Array steps;   // the scale of each
};

Integers integers_of(const Quantized& quantized) {
  const Shape ones(quantized.values.shape.size(), 1);
  Quantized steps{.values = broadcast(reshape(cast(scalar(DType::kInt32, int64_t{1}), DType::kInt8), ones), quantized.values.shape),
                  .bits = 8,
                  .scales = quantized.scales};
  return {.form = quantized, .floats = dequantize(quantized), .steps = dequantize(steps)};
}

// Rows of a table whose scales are a constant of their own, for a GATHER and a product.
Result<std::optional<Quantized>> rows_of_table(const quantize::Graph& graph, const litert::Tensor& tensor) {
  if (tensor.type != TensorType::INT8 || tensor.dims.size() != 2) return std::optional<Quantized>();
  for (const litert::Tensor& other : graph.subgraph().tensors) {
    if (other.name != tensor.name + "/scales" || !other.constant || !is_float(other.constant->dtype)) continue;
    Quantized rows{.values = *tensor.constant, .bits = 8, .scales = *other.constant};
    if (check_quantized(rows).ok()) return std::optional(std::move(rows));
  }
  return std::optional<Quantized>();
}

Result<std::optional<Quantized>> quantized_constant(const quantize::Graph& graph, litert::TensorId id) {
  KELT_ASSIGN_OR_RETURN(std::optional<Quantized> found, quantize::read_quantized(graph.subgraph(), id));
  if (found) return found;
  return rows_of_table(graph, graph.tensor(id));
}

class Check {
 public:
  explicit Check(Constant& to, bool is_wide) : to_(to), is_wide_(is_wide) {}

  Result<void> halves(const Array& floats, const Array& stored) {
    return read_together<2>({floats, cast(stored, DType::kFloat32)}, [&](size_t, const auto& views) {
      add(to_.noise, views[0], views[1]);
      for (size_t i = 0; i < views[0].size(); ++i) {
        const double value = views[0][i];
        if (!(std::abs(value - static_cast<double>(views[1][i])) <= kHalfUlp * std::abs(value) + kHalfSmallest)) ++to_.not_nearest;
      }
    });
  }

  Result<void> same(const Array& floats, const Array& stored) {
    return read_together<2>({floats, stored}, [&](size_t, const auto& views) {
      add(to_.noise, views[0], views[1]);
      for (size_t i = 0; i < views[0].size(); ++i) to_.not_nearest += views[0][i] == views[1][i] ? 0 : 1;
    });
  }

  Result<void> integers(const Array& floats, const Quantized& quantized) {
    const Integers integers = integers_of(quantized);
    const std::pair<double, double> ends = last_of(quantized.bits);
    const Places places(quantized.values.shape, quantized.scales.shape);
    std::vector<OfScale> scales(places.count());
    KELT_RETURN_IF_ERROR(read_together<4>(
        {floats, integers.floats, integers.steps, cast(quantized.values, DType::kFloat32)}, [&](size_t first, const auto& views) {
          add(to_.noise, views[0], views[1]);
          for (size_t i = 0; i < views[0].size();) {
            const size_t column = (first + i) % places.row_length();
            const size_t base = places.of_row((first + i) / places.row_length());
            const size_t end = std::min(views[0].size(), i + places.row_length() - column);
            for (size_t at = column; i < end; ++i, ++at) {
              take({views[0][i], views[1][i], views[2][i], views[3][i]}, ends, scales[base + at / places.block()]);
            }
          }
        }));
    wrong_ = static_cast<uint64_t>(std::ranges::count_if(scales, &OfScale::is_wrong));
    scales_ = scales.size();
    return {};
  }

  void judge() {
    // Steps of a bias are given by what stands around it: nothing is asked but that it is the nearest.
    const double snr = snr_of(to_.noise), least = is_wide_ ? -kMostDecibels : least_weights_snr(to_.bits);
    const auto of_all = [&](uint64_t count) { return std::to_string(count) + " of its " + std::to_string(to_.values) + " values"; };
    if (to_.noise.broken != 0) {
      to_.why = of_all(to_.noise.broken) + " are NaN or infinite on one side alone";
    } else if (to_.not_nearest != 0 && (to_.bits >= 16 || wrong_ != 0)) {
      to_.why = of_all(to_.not_nearest) + " are not the nearest to the float file's";
      if (wrong_ != 0) to_.why += ", and " + std::to_string(wrong_) + " of its " + std::to_string(scales_) + " scales are of others";
    } else if (snr < least) {
      to_.why = "it has an SNR of " + decibels(snr) + " beside the float file's; " + std::to_string(to_.bits) + " bits have at least " +
                decibels(least);
    }
  }

 private:
  struct Value {
    double wanted, stands, step, integer;
  };

  void take(const Value& value, std::pair<double, double> ends, OfScale& of) {
    const double apart = value.wanted - value.stands;
    of.together += value.wanted * value.stands;
    of.own += value.stands * value.stands;
    of.noise += apart * apart;
    ++of.values;
    // Symmetric weights leave out the lowest integer.
    const bool last = apart > 0 ? value.integer >= ends.second : value.integer <= ends.first + 1;
    narrow(value, last, of);
    if (std::abs(apart) <= kHalfAStep * value.step) return;
    ++(last ? to_.clipped : to_.not_nearest);
    if (!last) ++of.not_nearest;
  }

  // Of which scales the integer is the nearest to its float; zero points are left out.
  static void narrow(const Value& value, bool last, OfScale& of) {
    const double steps = std::abs(value.wanted / value.step), nearest = std::abs(value.stands / value.step);
    if (nearest > 0 && value.wanted * value.stands <= 0) of.most = 0;  // of none
    if (!last) of.least = std::max(of.least, steps / (nearest + kHalfAStep));
    if (nearest > kHalfAStep) of.most = std::min(of.most, steps / (nearest - kHalfAStep));
  }

  Constant& to_;
  bool is_wide_;
  uint64_t wrong_ = 0, scales_ = 0;
};

// In steps of input scale × weight scale; a constant of 16 bits.
Result<void> check_wide(const Array& floats, const litert::Tensor& tensor, Constant& to) {
  KELT_ASSIGN_OR_RETURN(const std::vector<float> wanted, read_as<float>(floats));
  KELT_ASSIGN_OR_RETURN(const std::vector<double> integers, read_as<double>(*tensor.constant));
  const std::vector<float>& scales = tensor.quantization.scale;
  const bool one = scales.size() == 1;
  std::vector<float> stands(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double scale = scales[one ? 0 : i % scales.size()];
    stands[i] = static_cast<float>(integers[i] * scale);
    const double apart = std::abs(static_cast<double>(wanted[i]) - integers[i] * scale);
    if (apart > kHalfAStep * scale + std::abs(wanted[i]) * 1e-6) ++to.not_nearest;
  }
  add(to.noise, wanted, stands);
  return {};
}

bool is_wide(const litert::Tensor& tensor) {
  const bool type = tensor.type == TensorType::INT32 || tensor.type == TensorType::INT64 || tensor.type == TensorType::INT16;
  return type && !tensor.quantization.scale.empty();
}

}  // namespace

Result<std::optional<Constant>> check_constant(const quantize::Graph& quantized, litert::TensorId id, const Array& floats) {
  const litert::Tensor& tensor = quantized.tensor(id);
  if (floats.dtype != DType::kFloat32 || !tensor.constant) return std::optional<Constant>();
  Constant made{.name = tensor.name, .tensor = id, .values = floats.count(), .bytes_before = floats.bytes()};
  made.bytes_after = tensor.constant->bytes() + tensor.quantization.scale.size() * (sizeof(float) + sizeof(int64_t));
  KELT_ASSIGN_OR_RETURN(const std::optional<Quantized> integers, quantized_constant(quantized, id));
  const size_t count = integers ? integers->values.count() : tensor.type == TensorType::INT4 ? floats.count() : tensor.constant->count();
  if (count != floats.count()) {
    made.why = "it has " + std::to_string(count) + " values, the float file's " + std::to_string(floats.count());
    return std::optional(std::move(made));
  }
  Check check(made, is_wide(tensor));
  if (integers) {
    made.bits = integers->bits;
    made.block = !channel_axis(*integers).has_value();
    if (made.block) made.bytes_after += integers->scales.bytes();
    KELT_RETURN_IF_ERROR(check.integers(floats, *integers));
  } else if (tensor.type == TensorType::FLOAT16) {
    made.bits = 16;
    KELT_RETURN_IF_ERROR(check.halves(floats, *tensor.constant));
  } else if (is_wide(tensor)) {
    KELT_RETURN_IF_ERROR(check_wide(floats, tensor, made));
  } else if (tensor.type == TensorType::FLOAT32) {
    KELT_RETURN_IF_ERROR(check.same(floats, *tensor.constant));
  } else {
    return std::optional<Constant>();
  }
  check.judge();
  return std::optional(std::move(made));
}

}  // namespace kelt::verify
