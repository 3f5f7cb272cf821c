#include "lower/core/margins.h"

#include <algorithm>

#include "lower/core/many_axes.h"
#include "lower/core/ops.h"

namespace kelt::lower {

using litert::BuiltinOperator;

Dims padded(const Dims& dims, const std::vector<Margin>& margins) {
  Dims sum = dims;
  for (size_t axis = 0; axis < sum.size(); ++axis) sum[axis] = sum[axis] + margins[axis].before + margins[axis].after;
  return sum;
}

Result<Value> padding_table(Lowering& to, const std::vector<Margin>& margins) {
  Dims flat;
  for (const Margin& margin : margins) flat.insert(flat.end(), {margin.before, margin.after});
  KELT_ASSIGN_OR_RETURN(const Value row, to.shape_value(flat));
  const std::vector<int64_t> shape = {static_cast<int64_t>(margins.size()), 2};
  if (const auto array = to.constant_of(row)) return to.constant(kelt::reshape(*array, shape));
  return reshape(to, row, Dims(shape.begin(), shape.end()));
}

Result<Value> pad_by(Lowering& to, const Value& x, const std::vector<Margin>& margins, double fill) {
  if (std::all_of(margins.begin(), margins.end(), [](const Margin& margin) { return margin.is_empty(); })) return x;
  const Value wide = operand(to, BuiltinOperator::PAD, x);
  if (has_many_axes(fill == 0 ? BuiltinOperator::PAD : BuiltinOperator::PADV2, wide)) {
    std::vector<Padding> known;
    for (const Margin& margin : margins) {
      if (!margin.before.value() || !margin.after.value())
        return reject("pads more axes than the runtime takes by sizes that are not known");
      known.push_back({*margin.before.value(), *margin.after.value()});
    }
    return pad(to, x, known, fill);
  }
  KELT_ASSIGN_OR_RETURN(const Value table, padding_table(to, margins));
  const ValueType type{wide.dtype, padded(x.dims, margins)};
  if (fill == 0) return cast(to, to.emit(BuiltinOperator::PAD, tflite::PadOptionsT{}, {wide, table}, type), x.dtype);
  return cast(to, to.emit(BuiltinOperator::PADV2, tflite::PadV2OptionsT{}, {wide, table, like(to, wide, fill)}, type), x.dtype);
}

}  // namespace kelt::lower
