// optimize/merge_equal.cc — operators of one kind with the same options and equal operands → the first of them.
//
// What computes sizes repeats SHAPE, RANGE and STRIDED_SLICE wherever a size is needed. Equal constants count as the same operand.
// Two outputs of the subgraph stay two tensors, each with its operator; what is made of either is still merged.

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "optimize/nested.h"
#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::Operator;
using litert::Tensor;
using litert::TensorId;
using litert::TensorType;

constexpr size_t kReadBytes = size_t{16} << 10;  // larger constants are equal only where they come from the same place

// Whether it holds nothing but a value.
bool is_plain(const Tensor& tensor) {
  return !tensor.is_variable && tensor.type != TensorType::RESOURCE && tensor.type != TensorType::VARIANT;
}

bool same_type(const Tensor& a, const Tensor& b) { return a.type == b.type && a.dims == b.dims && a.quantization == b.quantization; }

bool same_options(const Operator& a, const Operator& b) { return a.options == b.options && a.options2 == b.options2; }

class Merger {
 public:
  explicit Merger(Rewriter& in) : in_(in), numbers_(in.subgraph().tensors.size()) { std::iota(numbers_.begin(), numbers_.end(), 0); }

  Result<void> run() {
    KELT_RETURN_IF_ERROR(number_constants());
    for (OperatorId id = 0; id < in_.size(); ++id) visit(id);
    return {};
  }

 private:
  Result<void> number_constants() {
    std::map<std::string, TensorId> first;
    for (size_t id = 0; id < numbers_.size(); ++id) {
      const Tensor& tensor = in_.tensor(static_cast<TensorId>(id));
      if (!tensor.constant || !is_plain(tensor) || tensor.sparsity || tensor.quantization != tflite::QuantizationParametersT{}) continue;
      std::string key = std::to_string(static_cast<int>(tensor.type)) + to_string(tensor.dims);
      if (tensor.constant->bytes() > kReadBytes) {
        key += tensor.constant->source->identity();
      } else {
        KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes, read_all(*tensor.constant));
        key.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      }
      numbers_[id] = first.try_emplace(std::move(key), static_cast<TensorId>(id)).first->second;
    }
    return {};
  }

  void visit(OperatorId id) {
    if (!can_be_merged(in_.at(id))) return;
    std::vector<OperatorId>& alike = alike_[key_of(in_.at(id))];
    const auto equal = std::find_if(alike.begin(), alike.end(), [&](OperatorId other) { return makes_the_same(other, id); });
    if (equal == alike.end()) {
      alike.push_back(id);
    } else {
      merge(*equal, id);
    }
  }

  [[nodiscard]] bool can_be_merged(const Operator& op) {
    const auto plain = [&](TensorId id) { return id < 0 || is_plain(in_.tensor(id)); };
    return is_pure(op) && !op.outputs.empty() && op.intermediates.empty() && std::all_of(op.inputs.begin(), op.inputs.end(), plain) &&
           std::all_of(op.outputs.begin(), op.outputs.end(), plain);
  }

  [[nodiscard]] std::vector<int> key_of(const Operator& op) const {
    std::vector<int> key = {static_cast<int>(op.code)};
    for (const TensorId input : op.inputs) key.push_back(input < 0 ? input : numbers_[input]);
    return key;
  }

  // Of two with equal keys.
  [[nodiscard]] bool makes_the_same(OperatorId first, OperatorId second) {
    const Operator& a = in_.at(first);
    const Operator& b = in_.at(second);
    return same_options(a, b) && std::equal(a.outputs.begin(), a.outputs.end(), b.outputs.begin(), b.outputs.end(),
                                            [&](TensorId x, TensorId y) { return same_type(in_.tensor(x), in_.tensor(y)); });
  }

  void merge(OperatorId first, OperatorId second) {
    const std::vector<TensorId> kept = in_.at(first).outputs;
    const std::vector<TensorId> dropped = in_.at(second).outputs;
    bool both_read = false;  // by the caller
    for (size_t index = 0; index < kept.size(); ++index) {
      numbers_[dropped[index]] = numbers_[kept[index]];
      both_read = both_read || (in_.is_output(kept[index]) && in_.is_output(dropped[index]));
    }
    if (both_read) return;
    in_.erase(second);
    for (size_t index = 0; index < kept.size(); ++index) {
      const bool moves = in_.is_output(dropped[index]);
      if (moves) in_.set_output(first, dropped[index], index);
      replace(moves ? kept[index] : dropped[index], moves ? dropped[index] : kept[index]);
    }
  }

  void replace(TensorId from, TensorId to) {
    in_.replace_uses(from, to);
    if (!in_.tensor(to).source) in_.tensor(to).source = in_.tensor(from).source;
  }

  Rewriter& in_;
  std::vector<TensorId> numbers_;  // equal for tensors that are equal
  std::map<std::vector<int>, std::vector<OperatorId>> alike_;
};

}  // namespace

Result<bool> merge_equal(litert::Model& model, const Options& /*options*/) {
  return rewrite_subgraphs(model, [](Rewriter& in) { return Merger(in).run(); });
}

}  // namespace kelt::optimize
