#include "lower/fft/dft.h"

#include <cmath>
#include <numbers>

#include "lower/contraction.h"
#include "lower/core/arguments.h"
#include "lower/core/margins.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/fill.h"
#include "lower/flip.h"
#include "lower/linalg/matrix.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// A matrix of this order and below stands in the file: a mebibyte each.
constexpr int64_t kDirect = 512;

struct Waves {
  Value cosines, sines;  // [out, in]: of 2π · out · in / length
};

Waves constant_waves(Emitter& to, int64_t out, int64_t in, int64_t length, double scale) {
  std::vector<float> cosines, sines;
  for (int64_t k = 0; k < out; ++k) {
    for (int64_t n = 0; n < in; ++n) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(k * n % length) / static_cast<double>(length);
      cosines.push_back(static_cast<float>(std::cos(angle) * scale));
      sines.push_back(static_cast<float>(std::sin(angle) * scale));
    }
  }
  return {to.constant(array_from<float>({out, in}, cosines)), to.constant(array_from<float>({out, in}, sines))};
}

Result<Waves> computed_waves(Lowering& to, const Dim& out, const Dim& in, const Dim& length) {
  KELT_ASSIGN_OR_RETURN(const Value count, to.dim_value(length));
  KELT_ASSIGN_OR_RETURN(const Value numbers, count_up(to, out));
  KELT_ASSIGN_OR_RETURN(const Value places, count_up(to, in));
  KELT_ASSIGN_OR_RETURN(const Value rows, reshape(to, numbers, {out, Dim(1)}));
  const Value turns = cast(to, binary(to, BuiltinOperator::FLOOR_MOD, mul(to, rows, places), count), DType::kFloat32);
  const Value divisor = cast(to, count, DType::kFloat32);
  const Value angle = div(to, mul(to, turns, like(to, turns, 2 * std::numbers::pi)), divisor);
  return Waves{unary(to, BuiltinOperator::COS, angle), unary(to, BuiltinOperator::SIN, angle)};
}

// x [.., in] × matrix [out, in] → [.., out]
Result<Value> product(Lowering& to, const Value& x, const Value& matrix) {
  const std::string batch = letters_from(2, x.rank() - 1);
  return contract(to, x, matrix, {.a = batch + "a", .b = "ba", .out = batch + "b"});
}

// (re + i·im) × (cosines ∓ i·sines)
Result<Complex> turned(Lowering& to, const Complex& x, const Waves& waves, Direction direction) {
  const bool forward = direction == Direction::kForward;
  KELT_ASSIGN_OR_RETURN(const Value re_cos, product(to, x.re, waves.cosines));
  KELT_ASSIGN_OR_RETURN(const Value re_sin, product(to, x.re, waves.sines));
  if (x.im.absent()) return Complex{re_cos, forward ? unary(to, BuiltinOperator::NEG, re_sin) : re_sin};
  KELT_ASSIGN_OR_RETURN(const Value im_cos, product(to, x.im, waves.cosines));
  KELT_ASSIGN_OR_RETURN(const Value im_sin, product(to, x.im, waves.sines));
  if (forward) return Complex{add(to, re_cos, im_sin), sub(to, im_cos, re_sin)};
  return Complex{sub(to, re_cos, im_sin), add(to, im_cos, re_sin)};
}

Complex times(Emitter& to, const Complex& x, const Waves& waves, Direction direction) {
  const bool forward = direction == Direction::kForward;
  const Value re_cos = mul(to, x.re, waves.cosines), re_sin = mul(to, x.re, waves.sines);
  const Value im_cos = mul(to, x.im, waves.cosines), im_sin = mul(to, x.im, waves.sines);
  if (forward) return {add(to, re_cos, im_sin), sub(to, im_cos, re_sin)};
  return {sub(to, re_cos, im_sin), add(to, im_cos, re_sin)};
}

// The larger of two factors nearest to each other, or `length` itself if it is prime.
int64_t larger_factor(int64_t length) {
  for (auto factor = static_cast<int64_t>(std::sqrt(static_cast<double>(length))); factor > 1; --factor) {
    if (length % factor == 0) return length / factor;
  }
  return length;
}

template <typename Change>
Result<Complex> on_parts(const Complex& x, const Change& change) {
  Complex y;
  KELT_ASSIGN_OR_RETURN(y.re, change(x.re));
  if (!x.im.absent()) {
    KELT_ASSIGN_OR_RETURN(y.im, change(x.im));
  }
  return y;
}

Result<Complex> without_scale(Lowering& to, const Complex& x, Direction direction);

// n = q·a + b and k = c + p·d: transforms over a, turns by b·c, transforms over b.
Result<Complex> in_two_steps(Lowering& to, const Complex& x, int64_t p, int64_t q, Direction direction) {
  const Dims batch(x.re.dims.begin(), x.re.dims.end() - 1);
  const auto shaped = [&](const Value& part, const Dims& last) {
    Dims dims = batch;
    dims.insert(dims.end(), last.begin(), last.end());
    return reshape(to, part, dims);
  };
  KELT_ASSIGN_OR_RETURN(const Complex columns, on_parts(x, [&](const Value& part) -> Result<Value> {
                          KELT_ASSIGN_OR_RETURN(const Value matrix, shaped(part, {Dim(p), Dim(q)}));
                          return transposed(to, matrix);
                        }));
  KELT_ASSIGN_OR_RETURN(const Complex first, without_scale(to, columns, direction));
  const Complex between = times(to, first, constant_waves(to, q, p, p * q, 1), direction);
  KELT_ASSIGN_OR_RETURN(const Complex rows, on_parts(between, [&](const Value& part) -> Result<Value> { return transposed(to, part); }));
  KELT_ASSIGN_OR_RETURN(const Complex second, without_scale(to, rows, direction));
  return on_parts(second, [&](const Value& part) { return shaped(transposed(to, part), {Dim(p * q)}); });
}

Result<Complex> without_scale(Lowering& to, const Complex& x, Direction direction) {
  const Dim& length = x.re.dim(-1);
  const auto count = length.value();
  if (count && *count <= kDirect) return turned(to, x, constant_waves(to, *count, *count, *count, 1), direction);
  const int64_t factor = count ? larger_factor(*count) : 0;
  if (count && factor < *count) return in_two_steps(to, x, *count / factor, factor, direction);
  KELT_ASSIGN_OR_RETURN(const Waves waves, computed_waves(to, length, length, length));
  return turned(to, x, waves, direction);
}

Result<Value> real_count(Lowering& to, const Dim& length) {
  KELT_ASSIGN_OR_RETURN(const Value count, to.dim_value(length));
  return cast(to, count, DType::kFloat32);
}

Dim half_of(const Dim& length) { return Dim::floor_div(length, Dim(2)) + Dim(1); }

Result<Value> first_of(Lowering& to, const Value& x, const Dim& length) {
  KELT_ASSIGN_OR_RETURN(const Bound end, bound_of(to, length, x.dim(-1)));
  return slice_axis(to, x, x.rank() - 1, Open{}, end, length);
}

// The weight of each of the first half: those within stand for two.
Result<Value> weights_of_half(Lowering& to, const Dim& bins, const Dim& length) {
  KELT_ASSIGN_OR_RETURN(const Value numbers, count_up(to, bins));
  KELT_ASSIGN_OR_RETURN(const Value count, to.dim_value(length));
  const auto is = [&](const Value& a, const Value& b) { return cast(to, compare(to, BuiltinOperator::EQUAL, a, b), DType::kFloat32); };
  const Value first = is(numbers, like(to, numbers, 0));
  const Value middle = is(mul(to, numbers, like(to, numbers, 2)), count);
  const Value twos = sub(to, sub(to, like(to, first, 2), first), middle);
  return div(to, twos, cast(to, count, DType::kFloat32));
}

// The second half is the first one's mirror image, conjugated.
Result<Complex> whole_of_half(Lowering& to, const Complex& x, int64_t length) {
  const int last = x.re.rank() - 1;
  const auto mirrored = [&](const Value& part) -> Result<Value> {
    KELT_ASSIGN_OR_RETURN(const Value inner, slice_axis(to, part, last, int64_t{1}, (length + 1) / 2, Dim((length - 1) / 2)));
    return flip(to, inner, last);
  };
  KELT_ASSIGN_OR_RETURN(const Complex rest, on_parts(x, mirrored));
  return Complex{concatenate(to, std::vector<Value>{x.re, rest.re}, last),
                 concatenate(to, std::vector<Value>{x.im, unary(to, BuiltinOperator::NEG, rest.im)}, last)};
}

}  // namespace

Result<Value> with_length(Lowering& to, const Value& x, const Dim& length) {
  if (same_length(x.dim(-1), length)) return x;
  const auto has = x.dim(-1).value();
  const auto wanted = length.value();
  if (has && wanted && *has > *wanted) return first_of(to, x, length);
  // Of an axis whose length is not known: enough zeros in any case, then the cut.
  std::vector<Margin> margins(x.dims.size());
  margins.back().after = has ? length - x.dim(-1) : length;
  KELT_ASSIGN_OR_RETURN(const Value longer, pad_by(to, x, margins, 0));
  return has ? Result<Value>(longer) : first_of(to, longer, length);
}

Result<Complex> transform(Lowering& to, const Complex& x, Direction direction) {
  KELT_ASSIGN_OR_RETURN(const Complex y, without_scale(to, x, direction));
  if (direction == Direction::kForward) return y;
  KELT_ASSIGN_OR_RETURN(const Value count, real_count(to, x.re.dim(-1)));
  return Complex{div(to, y.re, count), div(to, y.im, count)};
}

Result<Complex> transform_real(Lowering& to, const Value& x, const Dim& length) {
  const auto count = length.value();
  const Dim half = half_of(length);
  if (count && *count <= kDirect) {
    const auto has = x.dim(-1).value();
    const bool shorter = has && *has <= *count;  // zeros behind it count for nothing
    KELT_ASSIGN_OR_RETURN(const Value signal, shorter ? Result<Value>(x) : with_length(to, x, length));
    return turned(to, {signal, Value{}}, constant_waves(to, *half.value(), *signal.dim(-1).value(), *count, 1), Direction::kForward);
  }
  KELT_ASSIGN_OR_RETURN(const Value signal, with_length(to, x, length));
  if (count && larger_factor(*count) < *count) {
    KELT_ASSIGN_OR_RETURN(const Complex whole, transform(to, {signal, Value{}}, Direction::kForward));
    return on_parts(whole, [&](const Value& part) { return first_of(to, part, half); });
  }
  KELT_ASSIGN_OR_RETURN(const Waves waves, computed_waves(to, half, length, length));
  return turned(to, {signal, Value{}}, waves, Direction::kForward);
}

Result<Value> inverse_to_real(Lowering& to, const Complex& x, const Dim& length) {
  const auto count = length.value();
  KELT_ASSIGN_OR_RETURN(const Complex half, on_parts(x, [&](const Value& part) { return with_length(to, part, half_of(length)); }));
  if (count && *count > kDirect && larger_factor(*count) < *count) {
    KELT_ASSIGN_OR_RETURN(const Complex whole, whole_of_half(to, half, *count));
    KELT_ASSIGN_OR_RETURN(const Complex y, transform(to, whole, Direction::kInverse));
    return y.re;
  }
  KELT_ASSIGN_OR_RETURN(const Value weights, weights_of_half(to, half_of(length), length));
  Waves waves;
  if (count && *count <= kDirect) {
    waves = constant_waves(to, *count, *half_of(length).value(), *count, 1);
  } else {
    KELT_ASSIGN_OR_RETURN(waves, computed_waves(to, length, half_of(length), length));
  }
  KELT_ASSIGN_OR_RETURN(const Value even, product(to, mul(to, half.re, weights), waves.cosines));
  KELT_ASSIGN_OR_RETURN(const Value odd, product(to, mul(to, half.im, weights), waves.sines));
  return sub(to, even, odd);
}

}  // namespace kelt::lower
