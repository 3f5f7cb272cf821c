// lower/image/scale_and_translate.cc — keras.ops.image.scale_and_translate → a product with a matrix of weights for each axis.

#include <numeric>

#include "lower/contraction.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/image/lowerings.h"
#include "lower/image/resample.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

std::string plain_name(const std::string& method) {
  if (method == "linear" || method == "trilinear") return "bilinear";
  if (method == "cubic" || method == "tricubic") return "bicubic";
  return method;
}

// Element `index` of a vector, as a scalar.
Result<Value> element(Lowering& to, const Value& vector, int64_t index) {
  return reshape(to, slice(to, vector, std::vector<int64_t>{index}, {Dim(1)}), {});
}

// Images of integers: whole numbers, none beyond those of the image.
Value rounded(Lowering& to, const Value& y, const Value& image) {
  std::vector<int> axes(image.dims.size());
  std::iota(axes.begin(), axes.end(), 0);
  const Value low = reduce(to, BuiltinOperator::REDUCE_MIN, image, axes, false);
  const Value high = reduce(to, BuiltinOperator::REDUCE_MAX, image, axes, false);
  const Value whole = unary(to, BuiltinOperator::ROUND, y);
  return binary(to, BuiltinOperator::MAXIMUM, binary(to, BuiltinOperator::MINIMUM, whole, high), low);
}

}  // namespace

Result<void> lower_scale_and_translate(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value images = args.tensor("images");
  const Dims shape = args.dims("output_shape");
  const Value scale = cast(to, args.tensor("scale"), DType::kFloat32);
  const Value translation = cast(to, args.tensor("translation"), DType::kFloat32);
  const std::vector<int> axes = args.axes("spatial_dims", images.rank());
  const Resampling resampling{.kernel = plain_name(args.text("method")), .antialias = args.flag("antialias")};
  if (shape.size() != images.dims.size()) args.reject_argument("output_shape", "a length an axis");
  KELT_RETURN_IF_ERROR(args.finish());

  const Value x = cast(to, images, DType::kFloat32);
  Value y = x;
  for (size_t i = 0; i < axes.size(); ++i) {
    const int axis = axes[i];
    const Dim& in = images.dim(axis);
    const Dim& out = shape[static_cast<size_t>(axis)];
    const auto scales = to.constant_of(scale);
    const auto translations = to.constant_of(translation);
    Value matrix;
    if (scales && translations && in.is_static() && out.is_static()) {
      KELT_ASSIGN_OR_RETURN(const std::vector<double> factors, read_as<double>(*scales));
      KELT_ASSIGN_OR_RETURN(const std::vector<double> offsets, read_as<double>(*translations));
      matrix = resampling_matrix(to, *in.value(), *out.value(), {.scale = factors[i], .translation = offsets[i]}, resampling);
    } else {
      ComputedPlacement placement;
      KELT_ASSIGN_OR_RETURN(placement.scale, element(to, scale, static_cast<int64_t>(i)));
      KELT_ASSIGN_OR_RETURN(placement.translation, element(to, translation, static_cast<int64_t>(i)));
      KELT_ASSIGN_OR_RETURN(matrix, computed_resampling_matrix(to, in, out, placement, resampling));
    }
    Letters letters{.a = letters_from(0, images.rank()), .b = {}, .out = {}};
    const std::string fresh = letters_from(images.rank(), 1);
    letters.b = fresh + letters.a[static_cast<size_t>(axis)];
    letters.out = letters.a;
    letters.out[static_cast<size_t>(axis)] = fresh[0];
    KELT_ASSIGN_OR_RETURN(y, contract(to, y, matrix, letters));
  }
  const DType dtype = to.declared(node.outputs[0]).dtype;
  if (is_integer(dtype)) y = rounded(to, y, x);
  return to.bind(node, cast(to, y, dtype));
}

}  // namespace kelt::lower
