#include "quantize/shared.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "quantize/layers.h"
#include "quantize/weighted.h"

namespace kelt::quantize {
namespace {

using litert::Operator;

constexpr size_t kNone = static_cast<size_t>(-1);

const Operator& op_of(const litert::Model& model, const Reader& reader) { return model.subgraphs[reader.subgraph].operators[reader.op]; }

std::string layer_at(const litert::Model& model, const Reader& reader) {
  return layer_of(model.subgraphs[reader.subgraph], op_of(model, reader));
}

// Of all weights: the operators that read them as such, and one that reads them otherwise, which needs floats.
struct Readers {
  std::vector<Reader> weighted;
  Reader other = {kNone, kNone};
};

std::map<std::string, Readers> readers_by_identity(const litert::Model& model) {
  std::map<std::string, Readers> all;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {
    const Graph graph(model.subgraphs[index]);
    for (size_t op = 0; op < graph.subgraph().operators.size(); ++op) {
      const Operator& reader = graph.subgraph().operators[op];
      const auto weights = weights_of(graph, reader);
      if (weights) all[weights->floats.source->identity()].weighted.push_back({index, op});
      for (size_t operand = 0; operand < reader.inputs.size(); ++operand) {
        const auto floats = weights && operand == weights->operand ? std::nullopt : graph.floats(reader.inputs[operand]);
        if (floats) all[floats->source->identity()].other = {index, op};
      }
    }
  }
  std::erase_if(all, [](const auto& one) { return one.second.weighted.empty(); });
  return all;
}

// Whether the rows that it looks up are the integers of a product among the readers (quantize/shared_integers.h).
bool takes_those_of_a_product(const litert::Model& model, const Plan& plan, const Reader& rows, const std::vector<Reader>& readers) {
  const auto form = [&](const Reader& reader) { return plan.of[reader.subgraph][reader.op].form; };
  if (kernel_of(op_of(model, rows).code) != nullptr || form(rows).kind != Kind::kDynamic) return false;
  return std::ranges::any_of(readers, [&](const Reader& other) {
    return op_of(model, other).code == litert::BuiltinOperator::FULLY_CONNECTED && form(other) == form(rows);
  });
}

// What tells two copies of the same weights apart.
using Copy = std::tuple<bool, int, int64_t, int, std::string>;

Copy copy_of(const litert::Model& model, const Reader& reader, const Form& form, const std::string& chosen) {
  const Operator& op = op_of(model, reader);
  const Graph graph(model.subgraphs[reader.subgraph]);
  const auto weights = weights_of(graph, op);
  const int axis = weights->kernel == nullptr ? 0 : channels_of(op, *weights->kernel, weights->floats.shape.size());
  if (form.kind == Kind::kFloat || form.kind == Kind::kHalf) return {form.kind == Kind::kHalf, 0, 0, 0, ""};
  return {false, form.bits, form.block, form.per_tensor ? -1 : axis, chosen};
}

}  // namespace

std::vector<std::vector<Reader>> shared_weights(const litert::Model& model) {
  std::vector<std::vector<Reader>> shared;
  for (auto& [identity, readers] : readers_by_identity(model)) {
    if (readers.weighted.size() > 1) shared.push_back(std::move(readers.weighted));
  }
  return shared;
}

std::set<size_t> settle_shared(const litert::Model& model, Plan& plan) {
  std::set<size_t> changed;
  for (const auto& [identity, readers] : readers_by_identity(model)) {
    const auto kind = [&](const Reader& reader) { return plan.of[reader.subgraph][reader.op].form.kind; };
    const auto in_floats = std::ranges::find(readers.weighted, Kind::kFloat, kind);
    const bool among = in_floats != readers.weighted.end();
    if (!among && readers.other.op == kNone) continue;
    const std::string layer = layer_at(model, among ? *in_floats : readers.other);
    for (const Reader& reader : readers.weighted) {
      Decision& decision = plan.of[reader.subgraph][reader.op];
      if (decision.form.kind == Kind::kFloat || (!among && decision.form.kind == Kind::kHalf)) continue;
      decision.form = {};
      decision.why = "its weights are also those of " + layer + ", which reads them as floats: others would be one more copy";
      changed.insert(reader.subgraph);
    }
  }
  return changed;
}

std::vector<std::string> copies_of(const litert::Model& model, const Plan& plan,
                                   const std::function<std::string(const Reader&)>& weights_by) {
  std::vector<std::string> notes;
  for (const std::vector<Reader>& readers : shared_weights(model)) {
    std::map<Copy, std::string> copies;  // each with a layer and its form
    for (const Reader& reader : readers) {
      if (takes_those_of_a_product(model, plan, reader, readers)) continue;
      const Form& form = plan.of[reader.subgraph][reader.op].form;
      const std::string chosen = weights_by(reader);
      const std::string as = name_of(form) + (chosen.empty() ? "" : " by " + chosen) + " of " + layer_at(model, reader);
      copies.try_emplace(copy_of(model, reader, form, chosen), as);
    }
    if (copies.size() < 2) continue;
    std::string all;
    for (const auto& [copy, as] : copies) all += (all.empty() ? "" : ", as ") + as;
    notes.push_back("weights that operators share are stored " + std::to_string(copies.size()) + " times: as " + all);
  }
  return notes;
}

}  // namespace kelt::quantize
