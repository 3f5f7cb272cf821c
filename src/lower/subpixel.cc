#include "lower/subpixel.h"

#include <algorithm>

#include "lower/sliding.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// Output element stride·q + phase is the sum over j of x[q - j] · kernel[stride·j + phase + front]: for each phase a convolution,
// of the taps j = -ahead … behind.
struct Phases {
  int64_t stride = 1, behind = 0, ahead = 0;
  int64_t more = 0;     // elements of q beyond the input's
  int64_t surplus = 0;  // elements at the end that are cut off again

  explicit Phases(const Cut& cut)
      : stride(cut.stride),
        behind((cut.reach - 1 - cut.front) / cut.stride),
        ahead((cut.front + cut.stride - 1) / cut.stride),
        more(std::max<int64_t>(0, (cut.kept() - 1) / cut.stride)),
        surplus(cut.stride * (1 + more) - cut.kept()) {}

  [[nodiscard]] int64_t taps() const { return behind + ahead + 1; }
  // The kernel's element for a tap of the convolution and a phase; outside of the kernel: zero.
  [[nodiscard]] int64_t source(const Cut& cut, int64_t tap, int64_t phase) const { return stride * (behind - tap) + phase + cut.front; }
  [[nodiscard]] bool is_same() const { return behind == ahead && more == 0; }
  [[nodiscard]] Padding padding() const { return {behind, ahead + more}; }
};

// [kh, kw, out, in] → [taps, taps, in, phases · phases · out], as Keras has the kernels of convolutions.
Result<Value> rearrange(Lowering& to, const Array& kernel, const std::vector<Cut>& cuts, const Phases& rows, const Phases& columns) {
  KELT_ASSIGN_OR_RETURN(const std::vector<float> values, read_as<float>(kernel));
  const int64_t height = kernel.shape[0];
  const int64_t width = kernel.shape[1];
  const int64_t out = kernel.shape[2];
  const int64_t in = kernel.shape[3];
  const int64_t depth = rows.stride * columns.stride * out;
  std::vector<float> moved(static_cast<size_t>(rows.taps() * columns.taps() * in * depth), 0.0F);
  for (int64_t top = 0; top < rows.taps(); ++top) {
    for (int64_t left = 0; left < columns.taps(); ++left) {
      for (int64_t phase = 0; phase < rows.stride * columns.stride; ++phase) {
        const int64_t row = rows.source(cuts[0], top, phase / columns.stride);
        const int64_t column = columns.source(cuts[1], left, phase % columns.stride);
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        for (int64_t o = 0; o < out; ++o) {
          for (int64_t i = 0; i < in; ++i) {
            moved[static_cast<size_t>(((top * columns.taps() + left) * in + i) * depth + phase * out + o)] =
                values[static_cast<size_t>(((row * width + column) * out + o) * in + i)];
          }
        }
      }
    }
  }
  return to.constant(array_from<float>({rows.taps(), columns.taps(), in, depth}, moved));
}

// [n, h, w, phases · phases · out] → [n, h · phases, w · phases, out]
Result<Value> lay_out(Lowering& to, const Value& y, const Phases& rows, const Phases& columns, const Dim& out) {
  const Dims dims = {y.dim(0), y.dim(1) * Dim(rows.stride), y.dim(2) * Dim(columns.stride), out};
  if (rows.stride == 1) return reshape(to, y, dims);  // of a row the phases already follow each other
  tflite::DepthToSpaceOptionsT options;
  options.block_size = clamp_int32(rows.stride);
  return to.emit(BuiltinOperator::DEPTH_TO_SPACE, std::move(options), {y}, {y.dtype, dims});
}

}  // namespace

Value cut_end(Emitter& to, const Value& y, int64_t rows, int64_t columns) {
  if (rows == 0 && columns == 0) return y;
  tflite::StridedSliceOptionsT options;
  options.end_mask = 1 | 8 | (rows == 0 ? 2 : 0) | (columns == 0 ? 4 : 0);
  const std::vector<int32_t> end = {0, clamp_int32(-rows), clamp_int32(-columns), 0};
  const std::vector<Value> inputs = {y, to.ints(std::vector<int32_t>(4, 0)), to.ints(end), to.ints(std::vector<int32_t>(4, 1))};
  return to.emit(BuiltinOperator::STRIDED_SLICE, std::move(options), inputs,
                 {y.dtype, {y.dim(0), y.dim(1) - Dim(rows), y.dim(2) - Dim(columns), y.dim(3)}});
}

Result<std::optional<Value>> convolve_subpixel(Lowering& to, const Value& x, const Value& kernel, const std::vector<Cut>& cuts) {
  const auto weights = to.constant_of(kernel);
  const bool row = cuts.size() == 2 && cuts[0].reach == 1 && cuts[0].stride == 1 && x.dim(1) == Dim(1);
  if (!weights || cuts.size() != 2 || !(row || cuts[0].stride == cuts[1].stride)) return std::optional<Value>();
  for (const Cut& cut : cuts) {
    if (cut.kept() < 1 || cut.front >= cut.reach) return std::optional<Value>();
  }
  const Phases rows(cuts[0]);
  const Phases columns(cuts[1]);
  KELT_ASSIGN_OR_RETURN(const Value filter, rearrange(to, *weights, cuts, rows, columns));
  const bool same = rows.is_same() && columns.is_same();
  const Value wide = same ? x : pad(to, x, std::vector<Padding>{{}, rows.padding(), columns.padding(), {}});
  const Sliding sliding{.stride = {1, 1}, .dilation = {1, 1}, .padding = same ? tflite::Padding::SAME : tflite::Padding::VALID};
  KELT_ASSIGN_OR_RETURN(const Value phases, convolve(to, wide, filter, sliding));
  KELT_ASSIGN_OR_RETURN(const Value all, lay_out(to, phases, rows, columns, kernel.dim(2)));
  return std::optional<Value>(cut_end(to, all, rows.surplus, columns.surplus));
}

}  // namespace kelt::lower
