// optimize/cancel_transposes.cc — TRANSPOSE of a TRANSPOSE → one, or none.

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

using Permutation = std::vector<int64_t>;

Result<std::optional<Permutation>> permutation(Rewriter& in, OperatorId id) {
  if (id == kNoOperator || in.at(id).code != BuiltinOperator::TRANSPOSE) return std::optional<Permutation>{};
  const Array* order = in.constant(in.at(id).inputs[1]);
  if (order == nullptr) return std::optional<Permutation>{};
  KELT_ASSIGN_OR_RETURN(Permutation axes, read_as<int64_t>(*order));
  return std::optional<Permutation>{std::move(axes)};
}

bool is_identity(const Permutation& axes) {
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes[axis] != static_cast<int64_t>(axis)) return false;
  }
  return true;
}

void set_permutation(Rewriter& in, OperatorId id, const Permutation& axes) {
  const std::vector<int32_t> values(axes.begin(), axes.end());
  in.set_input(id, 1, in.add_constant(array_from<int32_t>({static_cast<int64_t>(values.size())}, values), in.at(id).path + "/perm"));
}

Result<void> cancel_transposes_at(Rewriter& in, OperatorId id) {
  KELT_ASSIGN_OR_RETURN(const auto outer, permutation(in, id));
  if (!outer) return {};
  const litert::TensorId output = in.at(id).outputs[0];
  if (is_identity(*outer)) {
    if (in.replace_uses(output, in.at(id).inputs[0])) in.erase(id);
    return {};
  }
  const OperatorId producer = in.producer(in.at(id).inputs[0]);
  KELT_ASSIGN_OR_RETURN(const auto inner, permutation(in, producer));
  if (!inner) return {};
  Permutation both(outer->size());
  for (size_t axis = 0; axis < both.size(); ++axis) both[axis] = (*inner)[(*outer)[axis]];
  const litert::TensorId source = in.at(producer).inputs[0];
  if (is_identity(both) && in.replace_uses(output, source)) {
    in.erase(id);
  } else {
    set_permutation(in, id, both);
    in.set_input(id, 0, source);
  }
  return {};
}

}  // namespace

Result<bool> cancel_transposes(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, cancel_transposes_at); }

}  // namespace kelt::optimize
