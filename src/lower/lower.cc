#include "lower/lower.h"

#include <algorithm>
#include <set>

#include "base/report.h"
#include "lower/arguments.h"
#include "lower/ops.h"
#include "lower/table.h"

namespace kelt::lower {
namespace {

Result<void> lower_node(const graph::Node& node, Lowering& to) {
  const Entry* entry = find_lowering(node.op);
  if (entry == nullptr) {
    return refuse("has no LiteRT form in this version of kelt",
                  "Replace it by ops that have one (docs/status.md), or keep it outside the exported model");
  }
  Result<void> lowered = entry->lower(node, to);
  auto failure = to.take_failure();
  if (lowered.ok() && failure) return *std::move(failure);
  return lowered;
}

std::string source_name(const graph::Node& node) { return "keras.ops." + node.op; }

void lower_function(const graph::Module& module, int index, litert::Model& model, std::vector<Error>& refusals) {
  const graph::Function& function = module.functions[index];
  litert::Subgraph& subgraph = model.subgraphs[index];
  subgraph.name = function.name;
  Lowering to(subgraph, module, index);
  litert::Signature signature{.key = function.name, .subgraph = index};

  for (const graph::Port& port : function.inputs) {
    const graph::Value& type = function.values[port.value.index];
    const Value input = to.add_input({type.dtype, type.dims}, function.name + "_" + port.name);
    to.bind_input(port.value, input);
    subgraph.inputs.push_back(input.id);
    signature.inputs.push_back({port.name, input.id});
  }
  for (const graph::Node& node : function.nodes) {
    to.set_path(node.path);
    if (Result<void> lowered = lower_node(node, to); !lowered.ok()) {
      Error error = std::move(lowered).error();
      error.path = node.path;
      error.op = source_name(node);
      refusals.push_back(std::move(error));
      to.bind_opaque(node);
    }
  }
  std::set<litert::TensorId> taken(subgraph.inputs.begin(), subgraph.inputs.end());
  for (const graph::Port& port : function.outputs) {
    Result<Value> found = to.value(port.value);
    if (!found.ok()) {
      refusals.push_back(std::move(found).error());
      continue;
    }
    // An output that is an input, a constant or another output gets a tensor of its own.
    const bool shared = taken.contains(found->id) || to.constant_of(*found);
    const litert::TensorId output = shared ? identity(to, *found).id : found->id;
    taken.insert(output);
    subgraph.outputs.push_back(output);
    signature.outputs.push_back({port.name, output});
  }
  model.signatures.push_back(std::move(signature));
}

bool computes(const graph::Node& node) { return node.op != "weight" && node.op != "constant"; }

// All refusals as one error, of the code of the first.
Error join(const std::vector<Error>& refusals, const graph::Module& module) {
  std::ptrdiff_t operations = 0;
  for (const graph::Function& function : module.functions) operations += std::ranges::count_if(function.nodes, computes);
  return {.code = refusals[0].code,
          .what = "this model can't be exported as it is; " + std::to_string(refusals.size()) + " of its " + std::to_string(operations) +
                  " operations " + (refusals.size() == 1 ? "has" : "have") + " no LiteRT form\n\n" + list_errors(refusals),
          .path = refusals[0].path,
          .op = refusals[0].op};
}

// The model as far as it goes, and what is missing of it.
std::vector<Error> lower_all(const graph::Module& module, litert::Model& model) {
  model.subgraphs.resize(module.functions.size());
  std::vector<Error> refusals;
  for (size_t index = 0; index < module.functions.size(); ++index) lower_function(module, static_cast<int>(index), model, refusals);
  return refusals;
}

}  // namespace

Result<litert::Model> lower_module(const graph::Module& module) {
  litert::Model model;
  const std::vector<Error> refusals = lower_all(module, model);
  if (!refusals.empty()) return join(refusals, module);
  return model;
}

std::vector<Error> find_refusals(const graph::Module& module) {
  litert::Model model;
  return lower_all(module, model);
}

}  // namespace kelt::lower
