#include "observe/outside.h"

#include <map>

#include "litert/op_info.h"
#include "litert/text.h"
#include "observe/alone.h"
#include "write/write.h"

namespace kelt::observe {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::Subgraph;
using litert::TensorId;

const char* never_taken(const Operator& op) {
  switch (op.code) {
    case BuiltinOperator::WHILE:
    case BuiltinOperator::IF:
    case BuiltinOperator::CALL_ONCE:
    case BuiltinOperator::STABLEHLO_COMPOSITE: return "it runs other subgraphs, in which XNNPACK takes what it can";
    case BuiltinOperator::VAR_HANDLE:
    case BuiltinOperator::READ_VARIABLE:
    case BuiltinOperator::ASSIGN_VARIABLE: return "it keeps the state of the model";
    case BuiltinOperator::CUSTOM: return "it is a custom operator";
    default: return nullptr;
  }
}

class Explanation {
 public:
  explicit Explanation(const runtime::Runtime& runtime) : runtime_(runtime) {}

  Result<Reason> of(const Subgraph& graph, const Operator& op) {
    Reason reason;
    if (const char* const kind = never_taken(op)) {
      reason.why = kind;
    } else {
      KELT_ASSIGN_OR_RETURN(reason, tried(Alone(graph, op)));
    }
    if (!op.outputs.empty()) reason.tensor = graph.tensors[static_cast<size_t>(op.outputs[0])].name;
    return reason;
  }

 private:
  // Nodes alike are tried once.
  Result<Reason> tried(const Alone& alone) {
    const std::string key = litert::to_text(alone.model(), {.canonical = true, .hashes = false});
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    KELT_ASSIGN_OR_RETURN(Reason reason, try_changes(alone));
    return known_[key] = std::move(reason);
  }

  // What the runtime rejects was no form of the operator.
  [[nodiscard]] Result<bool> taken(const Alone& alone) const {
    KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> file, write::write_bytes(alone.model()));
    const Result<runtime::CompiledModel> compiled = runtime_.open(file);
    return compiled.ok() ? compiled->fully_delegated() : Result<bool>(false);
  }

  // One change, or two.
  Result<Reason> try_changes(const Alone& alone) const {
    KELT_ASSIGN_OR_RETURN(const bool as_it_is, taken(alone));
    if (as_it_is) return Reason{.why = "XNNPACK takes it alone, but not where it stands"};
    const std::vector<Change> changes = changes_of(alone);
    for (const Change& change : changes) {
      Alone changed = alone;
      change.apply(changed);
      KELT_ASSIGN_OR_RETURN(const bool is_taken, taken(changed));
      if (is_taken) return Reason{.why = change.why, .remedy = change.remedy};
    }
    for (auto first = changes.begin(); first != changes.end(); ++first) {
      for (auto second = first + 1; second != changes.end(); ++second) {
        Alone changed = alone;
        first->apply(changed);
        second->apply(changed);
        KELT_ASSIGN_OR_RETURN(const bool is_taken, taken(changed));
        const std::string space = first->remedy.empty() || second->remedy.empty() ? "" : " ";
        if (is_taken) return Reason{.why = first->why + "; and " + second->why, .remedy = first->remedy + space + second->remedy};
      }
    }
    Reason reason{.why = "XNNPACK has no kernel for " + litert::op_name(alone.node().code)};
    if (alone.node().code == BuiltinOperator::SPLIT) reason.why += " into " + std::to_string(alone.node().outputs.size());
    if (alone.node().code == BuiltinOperator::CAST) {
      const auto type = [&](TensorId id) { return type_name(alone.tensor(id)); };
      reason.why += " of " + type(alone.node().inputs[0]) + " to " + type(alone.node().outputs[0]);
    }
    return reason;
  }

  const runtime::Runtime& runtime_;
  std::map<std::string, Reason> known_;
};

}  // namespace

Result<std::vector<Reason>> reasons_outside(const runtime::Runtime& runtime, const litert::Model& model,
                                            std::span<const runtime::Outside> nodes) {
  Explanation explanation(runtime);
  std::vector<Reason> reasons;
  for (const runtime::Outside& node : nodes) {
    const Subgraph& graph = model.subgraphs[static_cast<size_t>(node.subgraph)];
    KELT_ASSIGN_OR_RETURN(Reason reason, explanation.of(graph, graph.operators[static_cast<size_t>(node.op)]));
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

}  // namespace kelt::observe
