// quantize/gptq.cc — column after column, each of which makes up for what rounding the columns before it has changed.
//
// With H = Σ x xᵀ = L Lᵀ, the error of a row is Σ over columns k of L[k][k]² (e_k + Σ_{j>k} e_j L[j][k] / L[k][k])², where e are the
// errors of its weights. From the last column to the first, the sum over j is known: rounding the weight plus that sum leaves the
// least of the k-th term (GPTQ, in the form that QuIP calls LDLQ). Columns of large inputs come first, when all the others can still
// make up for them.

#include "quantize/gptq.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/thread_pool.h"
#include "quantize/cholesky.h"

namespace kelt::quantize {
namespace {

constexpr size_t kRowsAtOnce = 8;               // rows that are rounded together
constexpr size_t kColumnsAtOnce = 4;            // columns whose sums are kept in registers
constexpr size_t kGptqPiece = size_t{1} << 18;  // weights that are read at a time
constexpr float kNoFraction = 0x1.8p23F;        // a float this large has no fraction

using Four = float __attribute__((vector_size(16)));
using Lanes = std::array<float, kRowsAtOnce>;  // one column of so many rows
using Tile = std::array<float, kColumnsAtOnce>;

// What the errors of all columns do to one: L[j][k] / L[k][k], in tiles of columns k, each a list over the columns j.
struct Feedback {
  std::vector<size_t> order;  // the column of the matrix at each place; the last place is rounded first
  size_t places = 0;          // a multiple of kColumnsAtOnce
  std::vector<Tile> tiles;
  [[nodiscard]] const Tile* tile(size_t number) const { return tiles.data() + number * places; }
};

Error wrong_moments() {
  return {.code = Code::kInvalidArgument,
          .what = "the second moments of a layer's inputs are not those of any finite numbers",
          .remedy = "Calibrate again, with samples on which the model computes neither NaN nor infinities"};
}

// How much larger each input's mean square is taken to be than measured, so that no more is made of what two inputs have in common
// than that many samples tell. Best on synthetic inputs of several kinds: about 0.3 to 0.6 with 2/3 sample an input, 0.1 to 0.2 with 3,
// 0.03 with 10.
double damping_for(size_t inputs, uint64_t samples) {
  constexpr double kUnknown = 0.1, kLeast = 0.01, kMost = 10;
  if (samples == 0) return kUnknown;
  return std::clamp(0.4 * static_cast<double>(inputs) / static_cast<double>(samples), kLeast, kMost);
}

// Of the moments in that order, with `damping`. Empty if they are not those of any inputs.
std::optional<std::vector<double>> factor_of(std::span<const float> moments, std::span<const size_t> order, double damping) {
  constexpr double kOfTheMean = 0.01;  // for inputs that were always zero
  const size_t size = order.size();
  std::vector<double> factor(size * size);
  double trace = 0;
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = 0; j <= i; ++j) factor[i * size + j] = static_cast<double>(moments[order[i] * size + order[j]]);
    trace += factor[i * size + i];
  }
  for (size_t i = 0; i < size; ++i) {
    double& square = factor[i * size + i];
    square += damping * (square + kOfTheMean * trace / static_cast<double>(size));
  }
  if (!cholesky(factor, size)) return std::nullopt;
  return factor;
}

Result<Feedback> feedback_of(std::span<const float> moments, size_t size, double damping) {
  Feedback feedback{
      .order = std::vector<size_t>(size), .places = (size + kColumnsAtOnce - 1) / kColumnsAtOnce * kColumnsAtOnce, .tiles = {}};
  std::iota(feedback.order.begin(), feedback.order.end(), size_t{0});
  std::ranges::stable_sort(feedback.order, {}, [&](size_t column) { return moments[column * size + column]; });
  const auto factor = factor_of(moments, feedback.order, damping);
  if (!factor) return wrong_moments();
  feedback.tiles.resize(feedback.places / kColumnsAtOnce * feedback.places);
  for (size_t j = 0; j < size; ++j) {
    for (size_t k = 0; k < j; ++k) {
      const double part = (*factor)[j * size + k] / (*factor)[k * size + k];
      feedback.tiles[k / kColumnsAtOnce * feedback.places + j][k % kColumnsAtOnce] = static_cast<float>(part);
    }
  }
  return feedback;
}

// Σ error[j] × tile[j] over j from `begin` on, for each column of a tile.
std::array<Lanes, kColumnsAtOnce> sums_of(const std::vector<Lanes>& errors, const Tile* tile, size_t begin) {
  constexpr size_t kFours = kRowsAtOnce / 4;
  std::array<std::array<Four, kFours>, kColumnsAtOnce> sums{};
  for (size_t j = begin; j < errors.size(); ++j) {
    std::array<Four, kFours> error;
    __builtin_memcpy(&error, errors[j].data(), sizeof(error));
    for (size_t k = 0; k < kColumnsAtOnce; ++k) {
      for (size_t i = 0; i < kFours; ++i) sums[k][i] += error[i] * tile[j][k];
    }
  }
  std::array<Lanes, kColumnsAtOnce> lanes;
  static_assert(sizeof(lanes) == sizeof(sums));
  __builtin_memcpy(&lanes, &sums, sizeof(lanes));
  return lanes;
}

class Rounder {
 public:
  Rounder(const Feedback& feedback, Shape shape, const Steps& steps, std::span<const float> scales)
      : feedback_(feedback),
        columns_(static_cast<size_t>(shape[1])),
        rows_a_scale_(static_cast<size_t>(shape[0] / steps.scales[0])),
        columns_a_scale_(static_cast<size_t>(shape[1] / steps.scales[1])),
        scales_a_row_(static_cast<size_t>(steps.scales[1])),
        grid_(steps.grid),
        scales_(scales) {}

  // The integers of some rows, at most kRowsAtOnce, the first of which is `row`.
  void round(std::span<const float> weights, size_t row, std::span<std::byte> integers) const {
    const size_t rows = weights.size() / columns_;
    std::vector<Lanes> errors(feedback_.places, Lanes{});
    for (size_t tile = feedback_.places / kColumnsAtOnce; tile-- > 0;) {
      const Tile* const parts = feedback_.tile(tile);
      std::array<Lanes, kColumnsAtOnce> sums = sums_of(errors, parts, (tile + 1) * kColumnsAtOnce);
      for (size_t k = kColumnsAtOnce; k-- > 0;) {
        const size_t place = tile * kColumnsAtOnce + k;
        if (place >= columns_) continue;
        for (size_t j = k + 1; j < kColumnsAtOnce; ++j) {
          for (size_t i = 0; i < kRowsAtOnce; ++i) sums[k][i] += errors[tile * kColumnsAtOnce + j][i] * parts[tile * kColumnsAtOnce + j][k];
        }
        const size_t column = feedback_.order[place];
        for (size_t i = 0; i < rows; ++i) {
          const float scale = scales_[(row + i) / rows_a_scale_ * scales_a_row_ + column / columns_a_scale_];
          const float weight = weights[i * columns_ + column];
          const float wanted = std::clamp((weight + sums[k][i]) / scale, grid_.lowest, grid_.highest);
          const float integer = (wanted + kNoFraction) - kNoFraction;
          errors[place][i] = weight - integer * scale;
          integers[i * columns_ + column] = static_cast<std::byte>(static_cast<int8_t>(integer));
        }
      }
    }
  }

 private:
  const Feedback& feedback_;
  size_t columns_, rows_a_scale_, columns_a_scale_, scales_a_row_;
  Grid grid_;
  std::span<const float> scales_;
};

}  // namespace

Result<Quantized> gptq(const Array& weights, Steps steps, std::span<const float> second_moments, const GptqOptions& options) {
  if (steps.bits < 8) steps.grid.lowest = -steps.grid.highest - 1;
  KELT_ASSIGN_OR_RETURN(Quantized quantized, quantize_weights(weights, steps));
  const auto columns = weights.shape.empty() ? 0 : static_cast<size_t>(weights.shape.back());
  if (weights.shape.size() != 2 || second_moments.size() != columns * columns) {
    return Error{.code = Code::kInternal,
                 .what = "GPTQ takes a matrix and as many second moments as the square of its columns, not " +
                         std::to_string(second_moments.size())};
  }
  if (!std::ranges::all_of(second_moments, [](float moment) { return std::isfinite(moment); })) return wrong_moments();
  if (std::ranges::all_of(second_moments, [](float moment) { return moment == 0; })) return quantized;  // any integers do
  const double damping = damping_for(columns, options.samples);
  KELT_ASSIGN_OR_RETURN(const Feedback feedback, feedback_of(second_moments, columns, damping));
  KELT_ASSIGN_OR_RETURN(const std::vector<float> scales, read_as<float>(quantized.scales));
  const Rounder rounder(feedback, weights.shape, steps, scales);
  std::vector<std::byte> integers(weights.count());
  const size_t piece = std::max(kGptqPiece / columns / kRowsAtOnce, size_t{1}) * kRowsAtOnce * columns;
  std::vector<float> floats(std::min(piece, integers.size()));
  for (size_t first = 0; first < integers.size(); first += piece) {
    const std::span some = std::span(floats).first(std::min(piece, integers.size() - first));
    KELT_RETURN_IF_ERROR(weights.source->read(first * sizeof(float), std::as_writable_bytes(some)));
    const auto round = [&](size_t block) -> Result<void> {
      const size_t at = block * kRowsAtOnce * columns, count = std::min(kRowsAtOnce * columns, some.size() - at);
      rounder.round(some.subspan(at, count), (first + at) / columns, std::span(integers).subspan(first + at, count));
      return {};
    };
    KELT_RETURN_IF_ERROR(parallel_for((some.size() / columns + kRowsAtOnce - 1) / kRowsAtOnce, options.threads, round));
  }
  quantized.values = array_of(DType::kInt8, weights.shape, std::move(integers));
  return quantized;
}

}  // namespace kelt::quantize
