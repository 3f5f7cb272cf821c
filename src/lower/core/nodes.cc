#include "lower/core/nodes.h"

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/table.h"

namespace kelt::lower {
namespace {

bool draws(const graph::Node& node) { return node.op.starts_with("random."); }

Result<void> lower_node(const graph::Node& node, Lowering& to) {
  const Entry* entry = find_lowering(node.op);
  if (draws(node)) {
    return reject("draws random numbers, and a file has one result for one input",
                  "Give the numbers to the model as an input, or write what the layer does at inference (the mean, say): @kelt.override");
  }
  if (entry == nullptr) {
    return reject("has no LiteRT form in this version of kelt",
                  "Replace it by ops that have one (docs/status.md), or keep it outside the exported model");
  }
  Result<void> lowered = entry->lower(node, to);
  auto failure = to.take_failure();
  if (lowered.ok() && failure) return *std::move(failure);
  return lowered;
}

// A function that is lowered several times, as steps of an unrolled loop are, is rejected once.
void reject_once(std::vector<Error>& rejections, Error error) {
  const auto same = [&](const Error& known) { return known.path == error.path && known.op == error.op && known.what == error.what; };
  if (std::none_of(rejections.begin(), rejections.end(), same)) rejections.push_back(std::move(error));
}

}  // namespace

void lower_nodes(const graph::Function& function, Lowering& to) {
  for (const graph::Node& node : function.nodes) {
    to.set_path(node.path);
    if (Result<void> lowered = lower_node(node, to); !lowered.ok()) {
      Error error = std::move(lowered).error();
      error.path = node.path;
      error.op = (draws(node) ? "keras." : "keras.ops.") + node.op;
      reject_once(to.session().rejections, std::move(error));
      to.bind_opaque(node);
    }
  }
}

Result<std::vector<Value>> inline_function(Lowering& to, const graph::Function& function, std::span<const Value> inputs) {
  if (inputs.size() != function.inputs.size()) {
    return Error{.code = Code::kInternal, .what = "the function " + function.name + " takes another number of inputs"};
  }
  const Lowering::Scope scope(to, function);
  for (size_t index = 0; index < inputs.size(); ++index) to.bind_input(function.inputs[index].value, inputs[index]);
  lower_nodes(function, to);
  std::vector<Value> outputs;
  for (const graph::Port& port : function.outputs) {
    KELT_ASSIGN_OR_RETURN(const Value output, to.value(port.value));
    outputs.push_back(output);
  }
  return outputs;
}

}  // namespace kelt::lower
