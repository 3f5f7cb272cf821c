#include "litert/excerpt.h"

#include <utility>

namespace kelt::litert {

void Excerpt::add(const Operator& op) {
  Operator copy = op;
  copy.debug_metadata_index = -1;
  for (TensorId& id : copy.inputs) id = take(id, true);
  for (TensorId& id : copy.outputs) id = take(id, false);
  for (TensorId& id : copy.intermediates) id = take(id, false);
  to_.operators.push_back(std::move(copy));
}

TensorId Excerpt::move(TensorId id) { return take(id, false); }

TensorId Excerpt::take(TensorId id, bool reads) {
  if (id < 0) return id;
  if (const auto found = moved_.find(id); found != moved_.end()) return found->second;
  Tensor tensor = from_.tensors[static_cast<size_t>(id)];
  if (reads) (is_constant(tensor) ? constants_ : read_).push_back(id);
  if (is_constant(tensor)) move_scales(tensor);
  to_.tensors.push_back(std::move(tensor));
  return moved_[id] = static_cast<TensorId>(to_.tensors.size() - 1);
}

// Of blocks: tensors of their own.
void Excerpt::move_scales(Tensor& tensor) {
  const auto* const blocks = tensor.quantization.details.AsBlockwiseQuantization();
  if (blocks == nullptr) return;
  auto moved = *blocks;
  moved.scales = take(moved.scales, false);
  moved.zero_points = take(moved.zero_points, false);
  tensor.quantization.details.Set(std::move(moved));
}

}  // namespace kelt::litert
