#include "lower/image/resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lower/core/ops.h"
#include "lower/fill.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kPi = std::numbers::pi;
constexpr double kNoWeight = 1000 * 1.1920928955078125e-07;  // weights of a smaller sum are none

double kernel_radius(const std::string& kernel) {
  if (kernel == "bilinear") return 1;
  if (kernel == "bicubic") return 2;
  return kernel == "lanczos3" ? 3 : 5;
}

double kernel_at(const std::string& kernel, double distance) {
  const double x = std::abs(distance);
  const double radius = kernel_radius(kernel);
  if (x >= radius) return 0;
  if (kernel == "bilinear") return 1 - x;
  if (kernel == "bicubic") return x < 1 ? ((1.5 * x - 2.5) * x) * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
  if (x <= 1e-3) return 1;
  return radius * std::sin(kPi * x) * std::sin(kPi * x / radius) / (kPi * kPi * x * x);
}

Value below(Emitter& to, const Value& x, double limit) { return compare(to, BuiltinOperator::LESS, x, like(to, x, limit)); }

// The kernel at the distances x ≥ 0.
Value computed_kernel(Emitter& to, const std::string& kernel, const Value& x) {
  const Value zero = like(to, x, 0);
  if (kernel == "bilinear") return binary(to, BuiltinOperator::MAXIMUM, zero, sub(to, like(to, x, 1), x));
  const double radius = kernel_radius(kernel);
  if (kernel == "bicubic") {
    const Value near = shifted(to, mul(to, mul(to, shifted(to, scaled(to, x, 1.5), -2.5), x), x), 1);
    const Value far = shifted(to, mul(to, shifted(to, mul(to, shifted(to, scaled(to, x, -0.5), 2.5), x), -4), x), 2);
    const Value otherwise = select(to, below(to, x, radius), far, zero);
    return select(to, below(to, x, 1), near, otherwise);
  }
  const Value centre = below(to, x, 1e-3);
  const Value safe = select(to, centre, like(to, x, 1), x);
  const Value window = unary(to, BuiltinOperator::SIN, scaled(to, safe, kPi / radius));
  const Value waves = mul(to, unary(to, BuiltinOperator::SIN, scaled(to, safe, kPi)), window);
  const Value squared = mul(to, safe, safe);
  const Value sinc = div(to, scaled(to, waves, radius / (kPi * kPi)), squared);
  return select(to, centre, like(to, x, 1), select(to, below(to, x, radius), sinc, zero));
}

Result<Value> real_length(Lowering& to, const Dim& length) {
  KELT_ASSIGN_OR_RETURN(const Value whole, to.dim_value(length));
  return cast(to, whole, DType::kFloat32);
}

// [n, h, w, c]: rows × [n, h, w·c], then columns × [n·h, w, c], which keeps one unknown dim at most.
Result<Value> by_constant_matrices(Lowering& to, const Value& x, const std::vector<int64_t>& in, const std::vector<int64_t>& out,
                                   const Resampling& resampling) {
  const auto matrix = [&](int axis) {
    const Value weights =
        resampling_matrix(to, in[axis], out[axis], {static_cast<double>(out[axis]) / static_cast<double>(in[axis]), 0}, resampling);
    return reshape(to, weights, {Dim(1), Dim(out[axis]), Dim(in[axis])});
  };
  const Dim height(out[0]), width(out[1]);
  Value y = x;
  if (in[0] != out[0]) {
    KELT_ASSIGN_OR_RETURN(const Value rows, matrix(0));
    KELT_ASSIGN_OR_RETURN(const Value flat, reshape(to, y, {x.dim(0), x.dim(1), x.dim(2) * x.dim(3)}));
    KELT_ASSIGN_OR_RETURN(y, reshape(to, batch_matmul(to, rows, flat), {x.dim(0), height, x.dim(2), x.dim(3)}));
  }
  if (in[1] != out[1]) {
    KELT_ASSIGN_OR_RETURN(const Value columns, matrix(1));
    KELT_ASSIGN_OR_RETURN(const Value flat, reshape(to, y, {x.dim(0) * height, x.dim(2), x.dim(3)}));
    KELT_ASSIGN_OR_RETURN(y, reshape(to, batch_matmul(to, columns, flat), {x.dim(0), height, width, x.dim(3)}));
  }
  return y;
}

}  // namespace

Value resampling_matrix(Lowering& to, int64_t in, int64_t out, const Placement& placement, const Resampling& resampling) {
  const double step = 1 / placement.scale;
  const double width = resampling.antialias ? std::max(step, 1.0) : 1.0;
  std::vector<float> matrix;
  std::vector<double> row(static_cast<size_t>(in));
  for (int64_t i = 0; i < out; ++i) {
    const double place = (static_cast<double>(i) + 0.5 - placement.translation) * step - 0.5;
    double sum = 0;
    for (int64_t j = 0; j < in; ++j)
      sum += row[static_cast<size_t>(j)] = kernel_at(resampling.kernel, (place - static_cast<double>(j)) / width);
    const bool inside = place >= -0.5 && place <= static_cast<double>(in) - 0.5 && std::abs(sum) > kNoWeight;
    for (const double weight : row) matrix.push_back(static_cast<float>(inside ? weight / sum : 0));
  }
  return to.constant(array_from<float>({out, in}, matrix));
}

Result<Value> computed_resampling_matrix(Lowering& to, const Dim& in, const Dim& out, const ComputedPlacement& placement,
                                         const Resampling& resampling) {
  KELT_ASSIGN_OR_RETURN(const Value in_length, real_length(to, in));
  KELT_ASSIGN_OR_RETURN(const Value out_length, real_length(to, out));
  KELT_ASSIGN_OR_RETURN(const Value outputs, count_up(to, out));
  KELT_ASSIGN_OR_RETURN(const Value inputs, count_up(to, in));
  const bool given = !placement.scale.absent();
  const Value step = given ? div(to, like(to, placement.scale, 1), placement.scale) : div(to, in_length, out_length);
  Value place = mul(to, shifted(to, cast(to, outputs, DType::kFloat32), 0.5), step);
  if (given) place = sub(to, place, mul(to, placement.translation, step));
  KELT_ASSIGN_OR_RETURN(const Value places, expand_dims(to, shifted(to, place, -0.5), 1));
  Value distance = unary(to, BuiltinOperator::ABS, sub(to, places, cast(to, inputs, DType::kFloat32)));
  if (resampling.antialias) distance = div(to, distance, binary(to, BuiltinOperator::MAXIMUM, step, like(to, step, 1)));
  const Value weights = computed_kernel(to, resampling.kernel, distance);
  const Value sum = reduce(to, BuiltinOperator::SUM, weights, std::vector<int>{1}, true);
  Value hidden = below(to, unary(to, BuiltinOperator::ABS, sum), kNoWeight);
  if (given) {
    const Value before = below(to, places, -0.5);
    const Value after = compare(to, BuiltinOperator::GREATER, places, shifted(to, in_length, -0.5));
    hidden = binary(to, BuiltinOperator::LOGICAL_OR, hidden, binary(to, BuiltinOperator::LOGICAL_OR, before, after));
  }
  return select(to, hidden, like(to, weights, 0), div(to, weights, select(to, hidden, like(to, sum, 1), sum)));
}

Result<Value> computed_resampling_matrix(Lowering& to, const Dim& in, const Dim& out, const Resampling& resampling) {
  return computed_resampling_matrix(to, in, out, ComputedPlacement{}, resampling);
}

Result<Value> resample_image(Lowering& to, const Value& x, const Dim& height, const Dim& width, const Resampling& resampling) {
  const auto in = static_dims({x.dim(1), x.dim(2)});
  const auto out = static_dims({height, width});
  if (in && out) return by_constant_matrices(to, x, *in, *out, resampling);
  // [1, 1, out, in] × [n, c, h, w] needs no computed shape.
  Value y = transpose(to, x, std::vector<int>{0, 3, 1, 2});
  const auto matrix = [&](const Dim& from, const Dim& length) -> Result<Value> {
    KELT_ASSIGN_OR_RETURN(const Value weights, computed_resampling_matrix(to, from, length, resampling));
    KELT_ASSIGN_OR_RETURN(const Value one, expand_dims(to, weights, 0));
    return expand_dims(to, one, 0);
  };
  if (!same_length(x.dim(1), height)) {
    KELT_ASSIGN_OR_RETURN(const Value rows, matrix(x.dim(1), height));
    y = batch_matmul(to, rows, y);
  }
  if (!same_length(x.dim(2), width)) {
    KELT_ASSIGN_OR_RETURN(const Value columns, matrix(x.dim(2), width));
    y = batch_matmul(to, y, columns, false, true);
  }
  return transpose(to, y, std::vector<int>{0, 2, 3, 1});
}

}  // namespace kelt::lower
