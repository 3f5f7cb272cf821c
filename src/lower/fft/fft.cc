// lower/fft/fft.cc — keras.ops.fft, fft2, ifft2, rfft, irfft → products with matrices of waves (lower/fft/dft.h).

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/fft/dft.h"
#include "lower/fft/lowerings.h"
#include "lower/linalg/matrix.h"

namespace kelt::lower {
namespace {

Result<void> bind_pair(const graph::Node& node, Lowering& to, const Complex& y) {
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, y.re, to.declared(node.outputs[0]).dtype), 0));
  return to.bind(node, cast(to, y.im, to.declared(node.outputs[1]).dtype), 1);
}

Result<void> lower_fft2d(const graph::Node& node, Lowering& to, Direction direction) {
  Arguments args(node, to);
  const Complex x = read_pair(args, to);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Complex rows, transform(to, x, direction));
  KELT_ASSIGN_OR_RETURN(const Complex columns, transform(to, {transposed(to, rows.re), transposed(to, rows.im)}, direction));
  return bind_pair(node, to, {transposed(to, columns.re), transposed(to, columns.im)});
}

Result<void> reject_complex(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  args.ignore("x");
  KELT_RETURN_IF_ERROR(args.finish());
  return reject("makes a complex tensor, for which LiteRT has next to no operator",
                "Keep the real and the imaginary part as two tensors, as keras.ops.fft takes and gives them");
}

}  // namespace

Result<void> lower_view_as_complex(const graph::Node& node, Lowering& to) { return reject_complex(node, to); }
Result<void> lower_view_as_real(const graph::Node& node, Lowering& to) { return reject_complex(node, to); }

Complex read_pair(Arguments& args, Lowering& to) {
  const std::vector<Value> parts = args.tensors("x");
  if (parts.size() != 2) {
    args.reject_argument("x", "a pair of a real and an imaginary part");
    return {};
  }
  return {cast(to, parts[0], DType::kFloat32), cast(to, parts[1], DType::kFloat32)};
}

Result<void> lower_fft(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Complex x = read_pair(args, to);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Complex y, transform(to, x, Direction::kForward));
  return bind_pair(node, to, y);
}

Result<void> lower_fft2(const graph::Node& node, Lowering& to) { return lower_fft2d(node, to, Direction::kForward); }
Result<void> lower_ifft2(const graph::Node& node, Lowering& to) { return lower_fft2d(node, to, Direction::kInverse); }

Result<void> lower_rfft(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const auto length = args.optional_integer("fft_length");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Complex y, transform_real(to, x, length ? Dim(*length) : x.dim(-1)));
  return bind_pair(node, to, y);
}

Result<void> lower_irfft(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Complex x = read_pair(args, to);
  const auto length = args.optional_integer("fft_length");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, inverse_to_real(to, x, length ? Dim(*length) : (x.re.dim(-1) - Dim(1)) * Dim(2)));
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
