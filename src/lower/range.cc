// lower/range.cc — keras.ops.arange, linspace, logspace, geomspace → constants; with sizes that are not known, RANGE in int32 and
// arithmetic on it.
//
// RANGE in float32 adds its step again and again and drifts; whole numbers times the step do not.

#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

bool is_none(const graph::Attribute* attribute) { return attribute == nullptr || std::holds_alternative<graph::None>(attribute->value); }

std::optional<double> number_in(const graph::Attribute* attribute) {
  if (attribute == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<int64_t>(&attribute->value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&attribute->value)) return *real;
  if (const auto* dim = std::get_if<Dim>(&attribute->value); dim != nullptr && dim->value()) return static_cast<double>(*dim->value());
  return std::nullopt;
}

// The scalar at `count` points: start + index × step.
Value numbers_from(Lowering& to, double start, double step, int64_t count, DType dtype) {
  std::vector<double> numbers;
  // What is whole but for a rounding stays whole.
  const auto whole = [&](double number) { return is_float(dtype) ? number : std::floor(number + 1e-9); };
  for (int64_t index = 0; index < count; ++index) numbers.push_back(whole(start + static_cast<double>(index) * step));
  return to.constant(kelt::cast(array_from<double>({count}, numbers), dtype));
}

struct Spread {
  Dim count;
  bool endpoint = true;
  int64_t axis = 0;

  // From start to stop; of a known count.
  [[nodiscard]] double steps() const {
    const int64_t points = *count.value();
    return static_cast<double>(endpoint ? std::max<int64_t>(points - 1, 1) : points);
  }
};

Spread read_spread(Arguments& args) {
  const Dims count = args.dims("num");
  const bool endpoint = args.flag("endpoint");
  args.ignore("dtype");  // the output's declared dtype says it
  return {count.empty() ? Dim(0) : count[0], endpoint, args.integer("axis")};
}

// The length of a step as a part of the way.
Result<Value> step_of(Lowering& to, const Spread& spread) {
  if (spread.count.is_static()) return to.constant(DType::kFloat32, 1 / spread.steps());
  KELT_ASSIGN_OR_RETURN(Value steps, to.number_value(spread.endpoint ? spread.count - Dim(1) : spread.count));
  steps = cast(to, binary(to, BuiltinOperator::MAXIMUM, steps, like(to, steps, 1)), DType::kFloat32);
  return div(to, like(to, steps, 1), steps);
}

// From 0 towards 1.
Result<Value> places_of(Lowering& to, const Spread& spread) {
  if (spread.count.is_static()) return numbers_from(to, 0, 1 / spread.steps(), *spread.count.value(), DType::kFloat32);
  KELT_ASSIGN_OR_RETURN(const Value places, count_up(to, spread.count));
  KELT_ASSIGN_OR_RETURN(const Value step, step_of(to, spread));
  return mul(to, cast(to, places, DType::kFloat32), step);
}

// Points from start to stop along an axis of their own.
Result<Value> points(Lowering& to, Value start, Value stop, const Spread& spread) {
  const auto rank = static_cast<int64_t>(broadcast(start.dims, stop.dims).size()) + 1;
  const int64_t axis = spread.axis < 0 ? spread.axis + rank : spread.axis;
  if (axis < 0 || axis >= rank) return reject("puts its points along an axis that it lacks");
  const int64_t behind = rank - 1 - axis;
  for (Value* end : {&start, &stop}) {
    if (end->rank() < behind) continue;  // broadcasts there
    KELT_ASSIGN_OR_RETURN(*end, expand_dims(to, *end, static_cast<int>(end->rank() - behind)));
  }
  Dims dims(static_cast<size_t>(rank), Dim(1));
  dims[axis] = spread.count;
  KELT_ASSIGN_OR_RETURN(const Value counted, places_of(to, spread));
  KELT_ASSIGN_OR_RETURN(const Value places, reshape(to, counted, dims));
  return add(to, start, mul(to, places, sub(to, stop, start)));
}

}  // namespace

Result<void> lower_arange(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const graph::Value& type = to.declared(node.outputs[0]);
  const bool only_stop = is_none(args.raw("stop"));
  const char* first = only_stop ? "stop" : "start";
  const char* last = only_stop ? "start" : "stop";
  args.ignore("dtype");
  const auto start = only_stop ? std::optional<double>(0) : number_in(args.raw(first));
  const auto stop = number_in(args.raw(last));
  const auto step = is_none(args.raw("step")) ? std::optional<double>(1) : number_in(args.raw("step"));
  if (start && stop && step) {
    KELT_RETURN_IF_ERROR(args.finish());
    const auto count = static_cast<int64_t>(std::max(0.0, std::ceil((*stop - *start) / *step)));
    return to.bind(node, numbers_from(to, *start, *step, count, type.dtype));
  }
  const Value first_number = only_stop ? to.constant(type.dtype, 0) : args.scalar_or_tensor(first, type.dtype);
  const Value stride = is_none(args.raw("step")) ? to.constant(type.dtype, 1) : args.scalar_or_tensor("step", type.dtype);
  if (!type.dims[0].is_unknown()) {
    KELT_RETURN_IF_ERROR(args.finish());
    KELT_ASSIGN_OR_RETURN(const Value places, count_up(to, type.dims[0]));
    Value numbers = cast(to, places, type.dtype);
    if (step != 1) numbers = mul(to, numbers, stride);
    return to.bind(node, start == 0 ? numbers : add(to, numbers, first_number));
  }
  if (is_float(type.dtype)) return reject("counts in fractions up to a number that the model computes", "Count in integers, then multiply");
  const Value end = args.scalar_or_tensor(last, DType::kInt32);
  KELT_RETURN_IF_ERROR(args.finish());
  const std::vector<Value> inputs = {cast(to, first_number, DType::kInt32), end, cast(to, stride, DType::kInt32)};
  const Value numbers = to.emit(BuiltinOperator::RANGE, tflite::RangeOptionsT{}, inputs, {DType::kInt32, type.dims});
  return to.bind(node, cast(to, numbers, type.dtype));
}

Result<void> lower_linspace(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const auto start_number = number_in(args.raw("start"));
  const auto stop_number = number_in(args.raw("stop"));
  const Value start = args.scalar_or_tensor("start", DType::kFloat32);
  const Value stop = args.scalar_or_tensor("stop", DType::kFloat32);
  const Spread spread = read_spread(args);
  const bool with_step = args.flag("retstep");
  KELT_RETURN_IF_ERROR(args.finish());
  if (with_step) {
    KELT_ASSIGN_OR_RETURN(const Value part, step_of(to, spread));
    const Value step = mul(to, sub(to, stop, start), part);
    KELT_RETURN_IF_ERROR(to.bind(node, cast(to, step, to.declared(node.outputs[1]).dtype), 1));
  }
  if (start_number && stop_number && spread.count.is_static()) {
    const double step = (*stop_number - *start_number) / spread.steps();
    return to.bind(node, numbers_from(to, *start_number, step, *spread.count.value(), dtype));
  }
  KELT_ASSIGN_OR_RETURN(const Value y, points(to, start, stop, spread));
  return to.bind(node, cast(to, is_float(dtype) ? y : unary(to, BuiltinOperator::FLOOR, y), dtype));
}

// Powers of the base, equally spread.
Result<void> lower_logspace(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value start = args.scalar_or_tensor("start", DType::kFloat32);
  const Value stop = args.scalar_or_tensor("stop", DType::kFloat32);
  const Value base = args.scalar_or_tensor("base", DType::kFloat32);
  const Spread spread = read_spread(args);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value exponents, points(to, start, stop, spread));
  return to.bind(node, cast(to, binary(to, BuiltinOperator::POW, base, exponents), to.declared(node.outputs[0]).dtype));
}

// From start to stop, both of one sign, by a constant factor.
Result<void> lower_geomspace(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value start = args.scalar_or_tensor("start", DType::kFloat32);
  const Value stop = args.scalar_or_tensor("stop", DType::kFloat32);
  const Spread spread = read_spread(args);
  KELT_RETURN_IF_ERROR(args.finish());
  const auto logarithm = [&](const Value& x) { return unary(to, BuiltinOperator::LOG, unary(to, BuiltinOperator::ABS, x)); };
  const Value last = logarithm(stop);
  KELT_ASSIGN_OR_RETURN(const Value exponents, points(to, logarithm(start), last, spread));
  const Value sign = unary(to, BuiltinOperator::SIGN, start);
  KELT_ASSIGN_OR_RETURN(const Value signs, points(to, sign, sign, spread));
  const Value y = mul(to, unary(to, BuiltinOperator::EXP, exponents), signs);
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
