// optimize/widen_halves.cc — what is computed in float16 or bfloat16 → float32, without the casts between.
//
// No kernel of the runtime computes in half precision, so lowering casts to float32 and back around each operator, and each pair ends
// a partition. Here the values in between are float32 throughout: no further from the exact ones than halves are. They stay halves
// where someone else holds them (inputs, outputs, states), and are rounded to halves where a choice depends on it.

#include <algorithm>
#include <map>
#include <set>

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;
using litert::TensorType;

bool is_half_type(TensorType type) { return type == TensorType::FLOAT16 || type == TensorType::BFLOAT16; }

// An operator whose result jumps where its operand changes a little.
bool chooses(BuiltinOperator code) {
  using enum BuiltinOperator;
  constexpr BuiltinOperator kCodes[] = {EQUAL, NOT_EQUAL, GREATER,   GREATER_EQUAL, LESS,    LESS_EQUAL, FLOOR, CEIL,
                                        ROUND, FLOOR_DIV, FLOOR_MOD, ARG_MAX,       ARG_MIN, TOPK_V2,    SIGN,  BUCKETIZE};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

// Whether the model itself rounds here: a cast of its own of a cast of its own, with nothing computed in between.
bool rounds(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  const OperatorId before = in.producer(op.inputs[0], BuiltinOperator::CAST);
  if (before == kNoOperator || !in.tensor(op.outputs[0]).source) return false;
  const TensorId value = in.at(before).inputs[0];
  return in.tensor(value).source || in.producer(value) == kNoOperator;
}

// What holds or looks at the bytes of a half.
bool needs_halves(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  switch (op.code) {
    case BuiltinOperator::READ_VARIABLE:
    case BuiltinOperator::ASSIGN_VARIABLE:
    case BuiltinOperator::BITCAST:
    case BuiltinOperator::DEQUANTIZE:
    case BuiltinOperator::CUSTOM: return true;
    case BuiltinOperator::CAST: {
      const TensorType type = in.tensor(op.outputs[0]).type;
      if (!is_half_type(in.tensor(op.inputs[0]).type)) return false;
      const auto& readers = in.consumers(op.outputs[0]);
      const bool decides = std::any_of(readers.begin(), readers.end(), [&](OperatorId one) { return chooses(in.at(one).code); });
      return (type != TensorType::FLOAT32 && !is_half_type(type)) || decides || rounds(in, id);
    }
    default: return false;
  }
}

litert::Operator cast_operator(Rewriter& in, TensorId from, TensorId to, std::string path) {
  tflite::CastOptionsT options;
  options.in_data_type = in.tensor(from).type;
  options.out_data_type = in.tensor(to).type;
  litert::Operator op{.code = BuiltinOperator::CAST, .inputs = {from}, .outputs = {to}, .path = std::move(path)};
  litert::set_options(op, std::move(options));
  return op;
}

class WidenedHalves {
 public:
  // `is_called`: by a signature, whose inputs and outputs stay what they are.
  WidenedHalves(Rewriter& in, bool is_called) : in_(&in), is_called_(is_called) {}

  Result<void> run() {
    find_kept();
    for (OperatorId id = 0; id < in_->size(); ++id) {
      if (!needs_halves(*in_, id) && !joins(id)) widen(id);
    }
    if (!is_called_) {
      for (auto* ports : {&in_->subgraph().inputs, &in_->subgraph().outputs}) {
        for (TensorId& port : *ports) port = wide(port);
      }
    }
    for (const auto& [half, twin] : twins_) {
      if (!joined_.contains(half)) join(half, twin);
    }
    for (OperatorId id = 0; id < in_->size(); ++id) drop_cast(id);
    return {};
  }

 private:
  bool is_half(TensorId id) { return id >= 0 && is_half_type(in_->tensor(id).type); }

  void find_kept() {
    kept_.assign(in_->subgraph().tensors.size(), false);
    made_as_half_.assign(kept_.size(), false);
    const auto keep = [&](TensorId id) {
      if (id >= 0) kept_[static_cast<size_t>(id)] = true;
    };
    for (OperatorId id = 0; id < in_->size(); ++id) {
      if (!needs_halves(*in_, id)) continue;
      std::ranges::for_each(in_->at(id).inputs, keep);
      std::ranges::for_each(in_->at(id).outputs, keep);
      for (const TensorId output : in_->at(id).outputs) made_as_half_[static_cast<size_t>(output)] = true;
    }
    if (!is_called_) return;
    std::ranges::for_each(in_->subgraph().inputs, keep);
    std::ranges::for_each(in_->subgraph().outputs, keep);
    for (const TensorId input : in_->subgraph().inputs) made_as_half_[static_cast<size_t>(input)] = true;
  }

  // Whether a cast makes the one of a half that is needed and its twin of the other, so that no new one is needed.
  bool joins(OperatorId id) {
    const litert::Operator& op = in_->at(id);
    if (op.code != BuiltinOperator::CAST) return false;
    const TensorId input = op.inputs[0];
    const TensorId output = op.outputs[0];
    const auto needed = [&](TensorId half, bool made) {
      return is_half(half) && kept_[static_cast<size_t>(half)] && made_as_half_[static_cast<size_t>(half)] == made && !in_->constant(half);
    };
    // What reads the half would read the twin, which must come first.
    const bool first = needed(input, true) && in_->tensor(output).type == TensorType::FLOAT32 && in_->consumers(input)[0] == id;
    const bool last = needed(output, false) && in_->tensor(input).type == TensorType::FLOAT32;
    if (!first && !last) return false;
    const TensorId half = first ? input : output;
    if (!twins_.emplace(half, first ? output : input).second) return false;
    joined_.insert(half);
    return true;
  }

  // The tensor in float32: itself, or a twin where the half is needed too.
  TensorId wide(TensorId id) {
    if (!is_half(id)) return id;
    if (const auto found = twins_.find(id); found != twins_.end()) return found->second;
    litert::Tensor tensor = in_->tensor(id);
    tensor.type = TensorType::FLOAT32;
    if (tensor.constant) tensor.constant = cast(*tensor.constant, DType::kFloat32);
    if (!kept_[static_cast<size_t>(id)]) {
      in_->tensor(id) = std::move(tensor);
      in_->touch();
      return id;
    }
    const TensorId twin = in_->add_tensor(std::move(tensor));
    twins_[id] = twin;
    return twin;
  }

  void widen(OperatorId id) {
    for (size_t index = 0; index < in_->at(id).inputs.size(); ++index) {
      const TensorId before = in_->at(id).inputs[index];
      if (const TensorId after = wide(before); after != before) in_->set_input(id, index, after);
    }
    for (size_t index = 0; index < in_->at(id).outputs.size(); ++index) {
      const TensorId before = in_->at(id).outputs[index];
      if (const TensorId after = wide(before); after != before) in_->set_output(id, after, index);
    }
    if (auto* cast = in_->at(id).options.AsCastOptions()) {
      cast->in_data_type = in_->tensor(in_->at(id).inputs[0]).type;
      cast->out_data_type = in_->tensor(in_->at(id).outputs[0]).type;
    }
  }

  // A half and its twin: the one is made of the other.
  void join(TensorId half, TensorId twin) {
    if (in_->tensor(half).constant) return;
    const bool widens = made_as_half_[static_cast<size_t>(half)];
    const OperatorId maker = in_->producer(widens ? half : twin);
    const std::string path = maker == kNoOperator ? "" : in_->at(maker).path;
    in_->insert_after(maker, widens ? cast_operator(*in_, half, twin, path) : cast_operator(*in_, twin, half, path));
    if (widens) in_->tensor(twin).source.reset();
  }

  // A cast that changes nothing any more.
  void drop_cast(OperatorId id) {
    const litert::Operator& op = in_->at(id);
    if (in_->erased(id) || op.code != BuiltinOperator::CAST) return;
    const TensorId input = op.inputs[0];
    const TensorId output = op.outputs[0];
    if (in_->tensor(input).type != TensorType::FLOAT32 || in_->tensor(output).type != TensorType::FLOAT32) return;
    if (in_->replace_uses(output, input)) {
      in_->erase(id);
    } else if (const OperatorId maker = in_->producer(input); maker != kNoOperator && in_->replace_uses(input, output)) {
      in_->erase(id);
      const auto& outputs = in_->at(maker).outputs;
      in_->set_output(maker, output, static_cast<size_t>(std::find(outputs.begin(), outputs.end(), input) - outputs.begin()));
    }
  }

  Rewriter* in_;
  bool is_called_;
  std::vector<bool> kept_, made_as_half_;
  std::map<TensorId, TensorId> twins_;
  std::set<TensorId> joined_;  // with a cast between it and its twin
};

}  // namespace

Result<bool> widen_halves(litert::Model& model, const Options& /*options*/) {
  bool changed = false;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    litert::Subgraph& subgraph = model.subgraphs[index];
    if (std::ranges::none_of(subgraph.tensors, [](const litert::Tensor& tensor) { return is_half_type(tensor.type); })) continue;
    const bool is_called = std::ranges::any_of(model.signatures, [&](const auto& one) { return one.subgraph == static_cast<int>(index); });
    Rewriter rewriter(subgraph);
    KELT_RETURN_IF_ERROR(WidenedHalves(rewriter, is_called).run());
    changed |= rewriter.changed();
  }
  return changed;
}

}  // namespace kelt::optimize
