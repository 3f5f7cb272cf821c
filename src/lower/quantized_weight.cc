// lower/quantized_weight.cc — a weight that Keras itself quantized → floats that remember their integers.
//
// To every lowering it is a constant of floats. At the end optimize/restore_integers.cc asks each constant whether integers
// are behind it (weights/quantized.h), and writes those.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"
#include "weights/quantized.h"

namespace kelt::lower {
namespace {

std::optional<Array> weight_of(Lowering& to, const graph::Attribute* attribute) {
  const auto* id = attribute == nullptr ? nullptr : std::get_if<graph::WeightId>(&attribute->value);
  return id == nullptr ? std::nullopt : std::optional(to.module().weights[id->index].array);
}

}  // namespace

Result<void> lower_quantized_weight(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const std::optional<Array> table = weight_of(to, args.raw("table"));
  const std::optional<Array> scale = weight_of(to, args.raw("scale"));
  const std::optional<Array> zero = weight_of(to, args.raw("zero"));
  const int64_t bits = args.integer("bits");
  const std::optional<int64_t> packed_axis = args.optional_integer("packed_axis");
  const int64_t channel_axis = args.integer("channel_axis");
  KELT_RETURN_IF_ERROR(args.finish());
  const graph::Value& type = to.declared(node.outputs[0]);
  const auto shape = static_dims(type.dims);
  if (!table || !scale || !shape || shape->size() != 2 || packed_axis.value_or(0) < 0 || packed_axis.value_or(0) > 1) {
    return Error{.code = Code::kBadModule, .what = "a quantized weight needs a table and scales, and is a matrix"};
  }
  const bool is_unsigned = table->dtype == DType::kUInt8;
  const size_t packed = static_cast<size_t>(packed_axis.value_or(0));
  const Array values =
      packed_axis ? unpack_nibbles(*table, static_cast<int>(packed), (*shape)[packed], is_unsigned) : kelt::reshape(*table, *shape);
  Quantized quantized{.values = values, .bits = static_cast<int>(bits), .scales = *scale, .zeros = zero};
  if (channel_axis == 0) {  // Keras has [blocks, channels] at either axis
    const std::vector<int> swap = {1, 0};
    quantized.scales = kelt::transpose(*scale, swap);
    if (zero) quantized.zeros = kelt::transpose(*zero, swap);
  }
  const Array floats = kelt::dequantize(quantized);
  return to.bind(node, to.constant(kelt::cast(floats, type.dtype)));
}

}  // namespace kelt::lower
