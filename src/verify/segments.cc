#include "verify/segments.h"

#include <algorithm>
#include <map>
#include <set>

#include "litert/excerpt.h"
#include "litert/nested.h"
#include "quantize/form_of.h"

namespace kelt::verify {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;
using litert::TensorType;

bool stands_alone(const Operator& op, const quantize::Graph& graph) {
  Operator copy = op;
  bool nested = false;
  (void)litert::visit_nested(copy, [&](const int32_t&) { nested = true; });
  const auto is_state = [&](TensorId id) {
    return id >= 0 && (graph.tensor(id).type == TensorType::RESOURCE || graph.tensor(id).is_variable);
  };
  return !nested && op.code != BuiltinOperator::CUSTOM && std::ranges::none_of(op.inputs, is_state) &&
         std::ranges::none_of(op.outputs, is_state);
}

// Of two forms the one that loses more.
bool is_coarser(const quantize::Form& form, const quantize::Form& than) {
  using quantize::Kind;
  if ((form.kind == Kind::kFloat) != (than.kind == Kind::kFloat)) return than.kind == Kind::kFloat;
  if ((form.kind == Kind::kHalf) != (than.kind == Kind::kHalf)) return than.kind == Kind::kHalf;
  if (form.bits != than.bits) return form.bits < than.bits;
  return form.kind == Kind::kStatic && than.kind != Kind::kStatic;
}

class Builder {
 public:
  Builder(const quantize::Graph& graph, const Twins& twins) : graph_(graph), twins_(twins) {
    const std::vector<Operator>& operators = graph.subgraph().operators;
    for (size_t i = 0; i < operators.size(); ++i) {
      for (const TensorId id : operators[i].outputs) {
        if (id >= 0) makers_[id] = i;
      }
    }
  }

  // Whether the operators behind these results can stand alone; fills `taken_`.
  bool collect(size_t op) {
    if (!taken_.insert(op).second) return true;
    const Operator& last = graph_.subgraph().operators[op];
    if (!stands_alone(last, graph_)) return false;
    return std::ranges::all_of(last.inputs, [&](TensorId id) {
      if (id < 0 || graph_.is_constant(id) || twins_.activation(id)) return true;
      const auto maker = makers_.find(id);
      return maker == makers_.end() || collect(maker->second);
    });
  }

  Segment build(const std::vector<TensorId>& outputs) {
    Segment segment{.outputs = outputs};
    litert::Subgraph& alone = segment.model.subgraphs.emplace_back();
    litert::Excerpt excerpt(graph_.subgraph(), alone);
    for (const size_t index : taken_) {
      const Operator& op = graph_.subgraph().operators[index];
      excerpt.add(op);
      const quantize::Form form = quantize::form_of(graph_, op);
      if (is_coarser(form, segment.form)) segment.form = form;
    }
    segment.inputs = excerpt.read();
    segment.constants = excerpt.constants();
    litert::Signature signature{.key = kSegment, .subgraph = 0};
    const auto port = [&](TensorId id, std::vector<TensorId>& ids, std::vector<litert::SignaturePort>& ports) {
      ids.push_back(excerpt.move(id));
      ports.push_back({std::to_string(ports.size()), excerpt.move(id)});
    };
    for (const TensorId id : segment.inputs) port(id, alone.inputs, signature.inputs);
    for (const TensorId id : segment.outputs) port(id, alone.outputs, signature.outputs);
    segment.model.signatures = {std::move(signature)};
    return segment;
  }

 private:
  const quantize::Graph& graph_;
  const Twins& twins_;
  std::map<TensorId, size_t> makers_;
  std::set<size_t> taken_;  // in order of execution

 public:
  // How many operators were taken.
  [[nodiscard]] const std::set<size_t>& taken() const { return taken_; }
};

// A change between floats and integers of one tensor.
bool only_converts(const Operator& op, const Twins& twins) {
  if (op.code != BuiltinOperator::QUANTIZE && op.code != BuiltinOperator::DEQUANTIZE) return false;
  const auto from = twins.activation(op.inputs[0]);
  return from && from == twins.activation(op.outputs[0]);
}

}  // namespace

Segments segments_of(const quantize::Graph& quantized, const Twins& twins) {
  Segments segments;
  const std::vector<Operator>& operators = quantized.subgraph().operators;
  std::set<size_t> covered;
  for (size_t index = 0; index < operators.size(); ++index) {
    const Operator& op = operators[index];
    std::vector<TensorId> outputs;
    std::ranges::copy_if(op.outputs, std::back_inserter(outputs), [&](TensorId id) { return twins.activation(id).has_value(); });
    if (only_converts(op, twins)) covered.insert(index);
    if (outputs.empty() || only_converts(op, twins)) continue;
    Builder builder(quantized, twins);
    if (!builder.collect(index)) continue;
    covered.insert(builder.taken().begin(), builder.taken().end());
    segments.of.push_back(builder.build(outputs));
  }
  segments.left_out = operators.size() - covered.size();
  return segments;
}

}  // namespace kelt::verify
