// A WHILE over a counter: GATHER takes the x of a step, DYNAMIC_UPDATE_SLICE puts its y into place. The x's pass through by
// their address; the number of steps is a number of its own, because a loop copies what its condition reads.

#include "lower/control/steps.h"

#include "lower/control/nested.h"
#include "lower/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// So few steps are cheaper than a loop.
constexpr int64_t kFewSteps = 2;

Value whole(Emitter& to, int64_t number) { return to.constant(scalar(DType::kInt32, number)); }

Dims stacked(const Dims& dims, const Dim& length) {
  Dims all = {length};
  all.insert(all.end(), dims.begin(), dims.end());
  return all;
}

// y as the slice [at, at + 1) of ys.
Result<Value> put(Lowering& to, const Value& ys, const Value& y, const Value& at) {
  KELT_ASSIGN_OR_RETURN(const Value row, expand_dims(to, y, 0));
  std::vector<Value> begin(ys.dims.size(), whole(to, 0));
  begin[0] = at;
  KELT_ASSIGN_OR_RETURN(const Value place, row_of(to, begin));
  return to.emit(BuiltinOperator::DYNAMIC_UPDATE_SLICE, tflite::DynamicUpdateSliceOptionsT{}, {ys, row, place}, {ys.dtype, ys.dims});
}

class Loop {
 public:
  Loop(Lowering& around, const Steps& steps, const Step& step) : around_(around), steps_(steps), step_(step) {}

  Result<Stepped> run() {
    KELT_ASSIGN_OR_RETURN(limit_, around_.dim_value(steps_.length));
    // In the types that the operators of the loop have, so that nothing large is cast in it.
    for (const Value& x : steps_.xs) xs_.push_back(operand(around_, BuiltinOperator::GATHER, x));
    std::vector<Value> variables = {whole(around_, 0)};
    variables.insert(variables.end(), steps_.carry.begin(), steps_.carry.end());
    for (const ValueType& y : steps_.ys) {
      const Value zero = operand(around_, BuiltinOperator::DYNAMIC_UPDATE_SLICE, around_.constant(y.dtype, 0));
      KELT_ASSIGN_OR_RETURN(const Value ys, filled_at_run_time(around_, zero, stacked(y.dims, steps_.length)));
      variables.push_back(ys);
    }
    const auto condition = [this](Lowering& inside, std::span<const Value> values) -> Result<std::vector<Value>> {
      return std::vector{compare(inside, BuiltinOperator::LESS, values[0], inside.bring(limit_, around_))};
    };
    KELT_ASSIGN_OR_RETURN(const auto last,
                          emit_while(around_, variables, condition,
                                     [this](Lowering& inside, std::span<const Value> values) { return body(inside, values); }));
    Stepped result;
    const auto ys = last.begin() + 1 + static_cast<std::ptrdiff_t>(steps_.carry.size());
    result.carry.assign(last.begin() + 1, ys);
    for (size_t index = 0; index < steps_.ys.size(); ++index)
      result.ys.push_back(cast(around_, ys[static_cast<std::ptrdiff_t>(index)], steps_.ys[index].dtype));
    return result;
  }

 private:
  Result<std::vector<Value>> body(Lowering& inside, std::span<const Value> values) const {
    const Value& count = values[0];
    Value backwards;
    if (steps_.backwards) backwards = sub(inside, sub(inside, inside.bring(limit_, around_), whole(inside, 1)), count);
    std::vector<Value> xs;
    for (size_t index = 0; index < xs_.size(); ++index) {
      const Value x = gather(inside, inside.bring(xs_[index], around_), steps_.backwards ? backwards : count, 0);
      xs.push_back(cast(inside, x, steps_.xs[index].dtype));
    }
    const auto carry = values.subspan(1, steps_.carry.size());
    const auto ys = values.subspan(1 + steps_.carry.size());
    KELT_ASSIGN_OR_RETURN(std::vector<Value> next, step_(inside, carry, xs));
    if (next.size() != carry.size() + ys.size()) return Error{.code = Code::kInternal, .what = "a step gives another number of values"};
    for (size_t index = 0; index < ys.size(); ++index) {
      Value& y = next[carry.size() + index];
      y = cast(inside, y, ys[index].dtype);
      KELT_ASSIGN_OR_RETURN(y, put(inside, ys[index], y, steps_.backwards && steps_.stack_backwards ? backwards : count));
    }
    next.insert(next.begin(), add(inside, count, whole(inside, 1)));
    return next;
  }

  Lowering& around_;
  const Steps& steps_;
  const Step& step_;
  Value limit_;
  std::vector<Value> xs_;
};

Result<Stepped> unrolled(Lowering& to, const Steps& steps, const Step& step, int64_t length) {
  Stepped result{.carry = steps.carry, .ys = {}};
  std::vector<std::vector<Value>> rows(steps.ys.size(), std::vector<Value>(static_cast<size_t>(length)));
  for (int64_t count = 0; count < length; ++count) {
    const int64_t at = steps.backwards ? length - 1 - count : count;
    std::vector<Value> xs;
    for (const Value& x : steps.xs) {
      std::vector<int64_t> begin(x.dims.size(), 0);
      begin[0] = at;
      Dims size = x.dims;
      size[0] = Dim(1);
      KELT_ASSIGN_OR_RETURN(const Value one, squeeze(to, slice(to, x, begin, size), std::vector<int>{0}));
      xs.push_back(one);
    }
    KELT_ASSIGN_OR_RETURN(const std::vector<Value> next, step(to, result.carry, xs));
    if (next.size() != steps.carry.size() + rows.size())
      return Error{.code = Code::kInternal, .what = "a step gives another number of values"};
    result.carry.assign(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(steps.carry.size()));
    for (size_t index = 0; index < rows.size(); ++index) {
      KELT_ASSIGN_OR_RETURN(const Value row, expand_dims(to, next[steps.carry.size() + index], 0));
      rows[index][static_cast<size_t>(steps.backwards && steps.stack_backwards ? at : count)] = row;
    }
  }
  for (const auto& of_one : rows) result.ys.push_back(concatenate(to, of_one, 0));
  return result;
}

}  // namespace

Result<Stepped> emit_steps(Lowering& to, const Steps& steps, const Step& step) {
  const auto length = steps.length.value();
  if (length && *length > 0 && (steps.unroll || *length <= kFewSteps)) return unrolled(to, steps, step, *length);
  return Loop(to, steps, step).run();
}

Result<Value> filled_at_run_time(Lowering& to, const Value& value, const Dims& dims) {
  KELT_ASSIGN_OR_RETURN(const Value shape, to.shape_value(dims));
  return to.emit(BuiltinOperator::FILL, tflite::FillOptionsT{}, {shape, value}, {value.dtype, dims});
}

}  // namespace kelt::lower
