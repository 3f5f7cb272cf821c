// lower/fft/stft.cc — keras.ops.extract_sequences → GATHER; stft, istft → that and a transform of each window.
//
// Without a window Keras' istft divides by the stride (jax, numpy); TensorFlow and torch normalise otherwise.

#include <cmath>
#include <numbers>

#include "lower/core/margins.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/fft/lowerings.h"
#include "lower/fill.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// x [.., t] → [.., frames, length]
Result<Value> frames_of(Lowering& to, const Value& x, int64_t length, int64_t stride) {
  const Dim frames = Dim::floor_div(x.dim(-1) - Dim(length), Dim(stride)) + Dim(1);
  KELT_ASSIGN_OR_RETURN(const Value starts, count_up(to, frames));
  KELT_ASSIGN_OR_RETURN(const Value steps, count_up(to, Dim(length)));
  KELT_ASSIGN_OR_RETURN(const Value rows, reshape(to, starts, {frames, Dim(1)}));
  return gather(to, x, add(to, mul(to, rows, like(to, rows, static_cast<double>(stride))), steps), x.rank() - 1);
}

// [.., frames, length] → [.., (frames - 1)·stride + length]: each frame is added where it began. A frame is cut into steps, which
// are whole rows of the sum.
Result<Value> overlap_add(Lowering& to, const Value& frames, int64_t stride) {
  const int64_t length = *frames.dim(-1).value();
  const int64_t steps = (length + stride - 1) / stride;
  KELT_ASSIGN_OR_RETURN(const Value whole, with_length(to, frames, Dim(steps * stride)));
  Value sum;
  for (int64_t step = 0; step < steps; ++step) {
    KELT_ASSIGN_OR_RETURN(const Value part, slice_axis(to, whole, whole.rank() - 1, step * stride, (step + 1) * stride, Dim(stride)));
    std::vector<Padding> apart(part.dims.size());
    apart[apart.size() - 2] = {step, steps - 1 - step};
    const Value placed = pad(to, part, apart);
    sum = sum.absent() ? placed : add(to, sum, placed);
  }
  Dims dims(sum.dims.begin(), sum.dims.end() - 2);
  dims.push_back(sum.dim(-2) * Dim(stride));
  KELT_ASSIGN_OR_RETURN(const Value line, reshape(to, sum, dims));
  return with_length(to, line, (frames.dim(-2) - Dim(1)) * Dim(stride) + Dim(length));
}

struct Windows {
  int64_t length, stride, fft_length;
  bool center;
  std::optional<std::vector<double>> window;  // of fft_length; none: ones
};

std::vector<double> named_window(const std::string& name, int64_t length) {
  const double offset = name == "hann" ? 0.5 : 0.54;
  std::vector<double> window;
  for (int64_t i = 0; i < length; ++i) {
    window.push_back(offset - (1 - offset) * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(length)));
  }
  return window;
}

std::vector<double> given_window(Arguments& args, Lowering& to, const graph::Attribute& attribute) {
  if (const auto* word = std::get_if<std::string>(&attribute.value)) {
    if (*word != "hann" && *word != "hamming") args.reject_argument("window", "\"hann\", \"hamming\" or numbers");
    return named_window(*word, args.integer("sequence_length"));
  }
  const auto constant = to.constant_of(args.tensor("window"));
  auto numbers = constant ? read_as<double>(*constant) : Result<std::vector<double>>(reject("a computed window"));
  if (numbers.ok()) return *std::move(numbers);
  args.reject_argument("window", "\"hann\", \"hamming\" or numbers");
  return {};
}

Windows read_windows(Arguments& args, Lowering& to) {
  Windows windows{.length = args.integer("sequence_length"),
                  .stride = args.integer("sequence_stride"),
                  .fft_length = args.integer("fft_length"),
                  .center = args.flag("center"),
                  .window = {}};
  const graph::Attribute* attribute = args.raw("window");
  if (attribute == nullptr || std::holds_alternative<graph::None>(attribute->value)) return windows;
  std::vector<double> window = given_window(args, to, *attribute);
  // In the middle of what is transformed.
  const auto before = static_cast<size_t>((windows.fft_length - windows.length) / 2);
  window.insert(window.begin(), before, 0.0);
  window.resize(static_cast<size_t>(windows.fft_length), 0.0);
  windows.window = std::move(window);
  return windows;
}

Value row_of_numbers(Emitter& to, const std::vector<double>& numbers, bool squared) {
  std::vector<float> row;
  for (const double number : numbers) row.push_back(static_cast<float>(squared ? number * number : number));
  return to.constant(array_from<float>({static_cast<int64_t>(row.size())}, row));
}

Result<Value> reflected(Lowering& to, const Value& x, int64_t margin) {
  if (margin == 0) return x;
  std::vector<Margin> margins(x.dims.size());
  margins.back() = {Dim(margin), Dim(margin)};
  tflite::MirrorPadOptionsT options;
  options.mode = tflite::MirrorPadMode::REFLECT;
  KELT_ASSIGN_OR_RETURN(const Value table, padding_table(to, margins));
  return to.emit(BuiltinOperator::MIRROR_PAD, std::move(options), {x, table}, {x.dtype, padded(x.dims, margins)});
}

// What the squares of the windows add up to at each place; 1 where they vanish.
Result<Value> weight_of_windows(Lowering& to, const Windows& windows, const Dim& frames) {
  const std::vector<double> ones(static_cast<size_t>(windows.fft_length), 1.0);
  const Value squares = row_of_numbers(to, windows.window.value_or(ones), true);
  KELT_ASSIGN_OR_RETURN(const Value repeated, broadcast_to(to, squares, {frames, Dim(windows.fft_length)}));
  KELT_ASSIGN_OR_RETURN(const Value sum, overlap_add(to, repeated, windows.stride));
  return select(to, compare(to, BuiltinOperator::GREATER, sum, like(to, sum, 1e-10)), sum, like(to, sum, 1));
}

}  // namespace

Result<void> lower_extract_sequences(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t length = args.integer("sequence_length");
  const int64_t stride = args.integer("sequence_stride");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, frames_of(to, x, length, stride));
  return to.bind(node, y);
}

Result<void> lower_stft(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const Windows windows = read_windows(args, to);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value signal, reflected(to, x, windows.center ? windows.fft_length / 2 : 0));
  KELT_ASSIGN_OR_RETURN(Value frames, frames_of(to, signal, windows.fft_length, windows.stride));
  if (windows.window) frames = mul(to, frames, row_of_numbers(to, *windows.window, false));
  KELT_ASSIGN_OR_RETURN(const Complex y, transform_real(to, frames, Dim(windows.fft_length)));
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, y.re, to.declared(node.outputs[0]).dtype), 0));
  return to.bind(node, cast(to, y.im, to.declared(node.outputs[1]).dtype), 1);
}

Result<void> lower_istft(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Complex x = read_pair(args, to);
  const Windows windows = read_windows(args, to);
  const auto length = args.optional_integer("length");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(Value frames, inverse_to_real(to, x, Dim(windows.fft_length)));
  if (windows.window) frames = mul(to, frames, row_of_numbers(to, *windows.window, false));
  KELT_ASSIGN_OR_RETURN(const Value sum, overlap_add(to, frames, windows.stride));
  KELT_ASSIGN_OR_RETURN(const Value weight, weight_of_windows(to, windows, frames.dim(-2)));
  Value y = div(to, sum, weight);
  if (!windows.window) y = mul(to, y, like(to, y, static_cast<double>(windows.fft_length) / static_cast<double>(windows.stride)));
  const int64_t margin = windows.center ? windows.fft_length / 2 : 0;
  const Dim end = length ? Dim(margin + *length) : y.dim(-1) - Dim(margin);
  KELT_ASSIGN_OR_RETURN(const Bound until, bound_of(to, end, y.dim(-1)));
  KELT_ASSIGN_OR_RETURN(y, slice_axis(to, y, y.rank() - 1, margin, until, end - Dim(margin)));
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
