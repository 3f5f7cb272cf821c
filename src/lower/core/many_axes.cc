#include "lower/core/many_axes.h"

#include "lower/core/compute_dtype.h"

namespace kelt::lower {
namespace {

// [before, axis, behind]
Dims around(const Dims& dims, int axis) {
  const std::span<const Dim> all(dims);
  return {product_of(all.first(static_cast<size_t>(axis))), dims[axis], product_of(all.subspan(static_cast<size_t>(axis) + 1))};
}

}  // namespace

bool has_many_axes(litert::BuiltinOperator code, const Value& x) { return x.rank() > rank_limit(code, x.dtype); }

Value reduce_many(Emitter& to, litert::BuiltinOperator code, const Value& x, std::span<const int> axes, const Dims& result) {
  Dims dims = x.dims;
  Value y = x;
  for (const int axis : axes) {
    y = reduce(to, code, reshape_to_known(to, y, around(dims, axis)), std::vector<int>{1}, false);
    dims[axis] = Dim(1);
  }
  return reshape_to_known(to, y, result);
}

Value concatenate_many(Emitter& to, std::span<const Value> parts, int axis) {
  Dims dims = parts[0].dims;
  dims[axis] = Dim(0);
  std::vector<Value> folded;
  for (const Value& part : parts) {
    folded.push_back(reshape_to_known(to, part, around(part.dims, axis)));
    dims[axis] = dims[axis] + part.dims[axis];
  }
  return reshape_to_known(to, concatenate(to, folded, 1), dims);
}

Value pad_many(Emitter& to, const Value& x, std::span<const Padding> padding, double fill) {
  Dims dims = x.dims;
  Value y = x;
  for (size_t axis = 0; axis < padding.size(); ++axis) {
    if (padding[axis].before == 0 && padding[axis].after == 0) continue;
    const Value folded = reshape_to_known(to, y, around(dims, static_cast<int>(axis)));
    y = pad(to, folded, std::vector<Padding>{{}, padding[axis], {}}, fill);
    dims[axis] = dims[axis] + Dim(padding[axis].before) + Dim(padding[axis].after);
  }
  return reshape_to_known(to, y, dims);
}

Value softmax_many(Emitter& to, const Value& x) {
  const Dims rows = {product_of(std::span(x.dims).first(x.dims.size() - 1)), x.dim(-1)};
  return reshape_to_known(to, softmax(to, reshape_to_known(to, x, rows)), x.dims);
}

}  // namespace kelt::lower
