// optimize/store_halves.cc — weights that were halves when the model read them → float16 in the file, behind a DEQUANTIZE.
//
// The runtime widens them once, when it loads the file, and so does XNNPACK for every operator that it takes. What was folded into them
// since is rounded again, within what a half says. Rows that are looked up are widened after the lookup.

#include <algorithm>
#include <cmath>
#include <map>

#include "optimize/linear.h"
#include "optimize/pass.h"
#include "weights/slices.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;
using litert::TensorType;

constexpr size_t kFewest = 256;              // elements of weights that are worth an operator
constexpr size_t kLarge = size_t{64} << 10;  // bytes of any other constant
constexpr float kLargest = 65504;            // of float16
constexpr float kSmallest = 0x1p-14F;        // with all its bits

// Whether an operator with this constant is better off with a half.
bool is_worth_it(const litert::Operator& op, size_t index, const Array& array) {
  using enum BuiltinOperator;
  const bool looked_up = op.code == GATHER && index == 0;
  const bool weights =
      (op.code == CONV_2D || op.code == DEPTHWISE_CONV_2D || op.code == TRANSPOSE_CONV || op.code == FULLY_CONNECTED) && index == 1;
  return (looked_up || weights) ? array.count() >= kFewest : array.bytes() >= kLarge && op.code != WHILE && op.code != IF;
}

// Whether float16 holds the values: none beyond its range, and not all of them where it has few bits.
Result<bool> fits(const Array& array) {
  float largest = 0;
  KELT_RETURN_IF_ERROR(read_floats(array, [&](size_t, std::span<const float> elements) {
    for (const float element : elements) {
      if (!(std::abs(element) <= largest)) largest = std::abs(element);
    }
  }));
  return largest == 0 || (largest >= kSmallest && largest <= kLargest);
}

class StoredHalves {
 public:
  explicit StoredHalves(Rewriter& in) : in_(&in) {}

  Result<void> store(OperatorId id) {
    for (size_t index = 0; index < in_->at(id).inputs.size(); ++index) {
      const TensorId tensor = in_->at(id).inputs[index];
      const Array* array = in_->constant(tensor);
      if (array == nullptr || array->dtype != DType::kFloat32 || !is_worth_it(in_->at(id), index, *array)) continue;
      KELT_ASSIGN_OR_RETURN(const TensorId half, half_of(tensor));
      if (half == litert::kNoTensor) continue;
      if (in_->at(id).code == BuiltinOperator::GATHER) {
        look_up(id, half);
      } else {
        in_->set_input(id, index, widened(id, tensor, half));
      }
    }
    return {};
  }

 private:
  // None where the constant is no half, or float16 can't hold it.
  Result<TensorId> half_of(TensorId tensor) {
    if (const auto found = halves_.find(tensor); found != halves_.end()) return found->second;
    const Array array = *in_->constant(tensor);
    TensorId half = litert::kNoTensor;
    if (was_half(array)) {
      KELT_ASSIGN_OR_RETURN(const bool holds, fits(array));
      if (holds) half = in_->add_constant(cast(array, DType::kFloat16), in_->tensor(tensor).name);
    }
    halves_[tensor] = half;
    return half;
  }

  // In front of the first that reads it.
  TensorId widened(OperatorId reader, TensorId tensor, TensorId half) {
    if (const auto found = widened_.find(tensor); found != widened_.end()) return found->second;
    litert::Tensor wide = in_->tensor(tensor);
    wide.constant.reset();
    const TensorId result = in_->add_tensor(std::move(wide));
    in_->insert_after(reader - 1,
                      {.code = BuiltinOperator::DEQUANTIZE, .inputs = {half}, .outputs = {result}, .path = in_->at(reader).path});
    widened_[tensor] = result;
    return result;
  }

  void look_up(OperatorId id, TensorId half) {
    const TensorId rows = in_->at(id).outputs[0];
    litert::Tensor found = in_->tensor(rows);
    found.type = TensorType::FLOAT16;
    found.source.reset();
    in_->set_input(id, 0, half);
    in_->set_output(id, in_->add_tensor(std::move(found)));
    tflite::CastOptionsT options;
    options.in_data_type = TensorType::FLOAT16;
    options.out_data_type = TensorType::FLOAT32;
    litert::Operator cast{.code = BuiltinOperator::CAST, .inputs = {in_->at(id).outputs[0]}, .outputs = {rows}, .path = in_->at(id).path};
    litert::set_options(cast, std::move(options));
    in_->insert_after(id, std::move(cast));
  }

  Rewriter* in_;
  std::map<TensorId, TensorId> halves_, widened_;
};

}  // namespace

Result<bool> store_halves(litert::Model& model, const Options& /*options*/) {
  return rewrite_subgraphs(model, [](Rewriter& in) -> Result<void> {
    StoredHalves halves(in);
    for (OperatorId id = 0; id < in.size(); ++id) KELT_RETURN_IF_ERROR(halves.store(id));
    return {};
  });
}

}  // namespace kelt::optimize
