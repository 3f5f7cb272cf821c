#include "quantize/prepare.h"

#include <algorithm>

#include "quantize/writer.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;

void multiply_by_itself(Writer& to, const Operator& op) {
  to.emit(BuiltinOperator::MUL, tflite::MulOptionsT{}, {op.inputs[0], op.inputs[0]}, op.outputs[0], op.path);
}

// What negates has no kernel on integers; in floats both give the same bits.
void multiply_by_minus_one(Writer& to, const Operator& op) {
  const TensorId factor = to.constant(array_from<float>({}, {{-1.0F}}), to.tensor(op.outputs[0]).name + "/minus_one");
  to.emit(BuiltinOperator::MUL, tflite::MulOptionsT{}, {op.inputs[0], factor}, op.outputs[0], op.path);
}

TensorId constant_of(Writer& to, const std::vector<int32_t>& numbers, const std::string& name) {
  return to.constant(array_from<int32_t>({static_cast<int64_t>(numbers.size())}, numbers), name);
}

// [n, h, w, s·s·c] → [n, h, w, s, s, c] → [n, h, s, w, s, c] → [n, h·s, w·s, c]. False where the height or width isn't known.
bool move_depth(Writer& to, const Operator& op, std::vector<TensorId>& added) {
  const auto* options = op.options.AsDepthToSpaceOptions();
  const Dims from = to.tensor(op.inputs[0]).dims, result = to.tensor(op.outputs[0]).dims;
  const std::string name = to.tensor(op.outputs[0]).name;
  const auto known = [](const Dim& dim) { return static_cast<int32_t>(dim.value().value_or(-1)); };
  if (options == nullptr || from.size() != 4 || known(from[1]) < 0 || known(from[2]) < 0 || known(result[3]) < 0) return false;
  const int32_t n = known(from[0]), h = known(from[1]), w = known(from[2]), s = options->block_size, c = known(result[3]);
  const litert::TensorType type = to.tensor(op.inputs[0]).type;
  const TensorId parts = to.result(type, {from[0], h, w, s, s, c}, name + "/parts");
  const TensorId moved = to.result(type, {from[0], h, s, w, s, c}, name + "/moved");
  to.emit(BuiltinOperator::RESHAPE, tflite::ReshapeOptionsT{}, {op.inputs[0], constant_of(to, {n, h, w, s, s, c}, name + "/parts/shape")},
          parts, op.path);
  to.emit(BuiltinOperator::TRANSPOSE, tflite::TransposeOptionsT{}, {parts, constant_of(to, {0, 1, 3, 2, 4, 5}, name + "/permutation")},
          moved, op.path);
  to.emit(BuiltinOperator::RESHAPE, tflite::ReshapeOptionsT{}, {moved, constant_of(to, {n, h * s, w * s, c}, name + "/shape")},
          op.outputs[0], op.path);
  added = {parts, moved};
  return true;
}

bool has_sixteen_bits(const Recipe& recipe) {
  const auto sixteen = [](const Form& form) { return form.kind == Kind::kStatic && form.activation_bits == 16; };
  return sixteen(recipe.form) || std::ranges::any_of(recipe.rules, sixteen, &Rule::form);
}

// Constants of float16 behind DEQUANTIZE, as converters store them, are constants of float32 that are widened as they are read.
void widen_halves(litert::Subgraph& subgraph) {
  std::erase_if(subgraph.operators, [&](const Operator& op) {
    if (op.code != BuiltinOperator::DEQUANTIZE) return false;
    const litert::Tensor& halves = subgraph.tensors[static_cast<size_t>(op.inputs[0])];
    const bool is_output = std::ranges::find(subgraph.outputs, op.outputs[0]) != subgraph.outputs.end();
    if (!halves.constant || halves.type != litert::TensorType::FLOAT16 || is_output) return false;
    subgraph.tensors[static_cast<size_t>(op.outputs[0])].constant = cast(*halves.constant, DType::kFloat32);
    return true;
  });
}

}  // namespace

std::map<litert::Place, litert::Place> prepare(litert::Model& model, const Recipe& recipe) {
  std::map<litert::Place, litert::Place> moved;
  for (litert::Subgraph& subgraph : model.subgraphs) widen_halves(subgraph);
  if (!is_static(recipe)) return moved;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    litert::Subgraph& subgraph = model.subgraphs[index];
    Writer to(subgraph);
    for (const Operator& op : std::vector<Operator>(subgraph.operators)) {
      const bool floats = !op.inputs.empty() && op.inputs[0] >= 0 && to.tensor(op.inputs[0]).type == litert::TensorType::FLOAT32;
      std::vector<TensorId> added;
      if (op.code == BuiltinOperator::SQUARE && floats) {
        multiply_by_itself(to, op);
      } else if (op.code == BuiltinOperator::NEG && floats) {
        multiply_by_minus_one(to, op);
      } else if (op.code != BuiltinOperator::DEPTH_TO_SPACE || !floats || !has_sixteen_bits(recipe) || !move_depth(to, op, added)) {
        to.keep(op);
      }
      for (const TensorId id : added) moved[{static_cast<int>(index), id}] = {static_cast<int>(index), op.inputs[0]};
    }
    std::move(to).finish();
  }
  return moved;
}

}  // namespace kelt::quantize
