#include "lower/lower.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/report.h"
#include "graph/own_nodes.h"
#include "lower/control/state.h"
#include "lower/core/nodes.h"
#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

void lower_function(Session& session, int index, litert::Model& model) {
  const graph::Function& function = session.module->functions[index];
  litert::Subgraph& subgraph = model.subgraphs[index];
  subgraph.name = function.name;
  Lowering to(subgraph, session, index);
  litert::Signature signature{.key = function.name, .subgraph = index};

  for (const graph::Port& port : function.inputs) {
    const graph::Value& type = function.values[port.value.index];
    const Value input = to.add_input({type.dtype, type.dims}, function.name + "_" + port.name);
    to.bind_input(port.value, input);
    to.show(input);
    subgraph.inputs.push_back(input.id);
    signature.inputs.push_back({port.name, input.id});
  }
  lower_nodes(function, to);
  std::set<litert::TensorId> taken(subgraph.inputs.begin(), subgraph.inputs.end());
  for (const graph::Port& port : function.outputs) {
    Result<Value> found = to.value(port.value);
    if (!found.ok()) {
      session.rejections.push_back(std::move(found).error());
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

// Of the function and those inside of its nodes.
std::ptrdiff_t count_computing(const graph::Function& function) {
  std::ptrdiff_t count = 0;
  for (const graph::Node& node : function.nodes) {
    count += graph::is_source(node) ? 0 : 1;
    for (const graph::Function& nested : node.functions) count += count_computing(nested);
  }
  return count;
}

// All rejections as one error, of the code of the first.
Error join(const std::vector<Error>& rejections, const graph::Module& module) {
  std::ptrdiff_t operations = 0;
  for (const graph::Function& function : module.functions) operations += count_computing(function);
  return {.code = rejections[0].code,
          .what = "this model can't be exported as it is; " + std::to_string(rejections.size()) + " of its " + std::to_string(operations) +
                  " operations " + (rejections.size() == 1 ? "has" : "have") + " no LiteRT form\n\n" + list_errors(rejections),
          .path = rejections[0].path,
          .op = rejections[0].op};
}

// The model as far as it goes, and what is missing of it.
std::vector<Error> lower_all(const graph::Module& module, litert::Model& model) {
  model.subgraphs.resize(module.functions.size());
  Session session{.module = &module};
  for (size_t index = 0; index < module.functions.size(); ++index) lower_function(session, static_cast<int>(index), model);
  begin_states(session, model);
  std::move(session.nested.begin(), session.nested.end(), std::back_inserter(model.subgraphs));
  return std::move(session.rejections);
}

}  // namespace

Result<litert::Model> lower_module(const graph::Module& module) {
  litert::Model model;
  const std::vector<Error> rejections = lower_all(module, model);
  if (!rejections.empty()) return join(rejections, module);
  return model;
}

std::vector<Error> find_rejections(const graph::Module& module) {
  litert::Model model;
  return lower_all(module, model);
}

}  // namespace kelt::lower
