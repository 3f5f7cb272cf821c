#include "pipeline/convert.h"

#include <span>
#include <vector>

#include "graph/verify.h"
#include "litert/op_versions.h"
#include "lower/lower.h"
#include "lower/table.h"
#include "optimize/pass.h"
#include "pipeline/metadata.h"
#include "pipeline/tensor_names.h"
#include "rewrite/rewrite.h"
#include "runtime/evaluate.h"
#include "write/write.h"

namespace kelt::pipeline {
namespace {

constexpr uint64_t kStages = 3;

// What is more than arithmetic is computed by the runtime that will run the file, so that folding changes no bit of it.
optimize::Evaluate evaluate_by_runtime(const std::string& library) {
  return [evaluate = runtime::evaluator(library)](const litert::Model& model) -> Result<std::vector<Array>> {
    KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> file, write::write_bytes(model));
    return evaluate(file, {}).note("while computing a constant");
  };
}

// The tensors of a rewritten module as values of the one that came in.
void restore_origins(const std::vector<std::vector<int>>& origins, litert::Model& model) {
  for (litert::Subgraph& subgraph : model.subgraphs) {
    for (litert::Tensor& tensor : subgraph.tensors) {
      if (!tensor.source) continue;
      int& value = tensor.source->value;
      value = origins[tensor.source->function][value];
      if (value == rewrite::kNoOrigin) tensor.source.reset();
    }
  }
}

Result<litert::Model> lowered(const graph::Module& module, bool optimize) {
  if (!optimize) return lower::lower_module(module);
  KELT_ASSIGN_OR_RETURN(const rewrite::Rewritten rewritten, rewrite::rewrite_module(module));
  KELT_RETURN_IF_ERROR(graph::verify(rewritten.module, lower::find_facts).note("after rewriting: a bug of kelt's"));
  KELT_ASSIGN_OR_RETURN(litert::Model model, lower::lower_module(rewritten.module));
  restore_origins(rewritten.origins, model);
  return model;
}

}  // namespace

Result<litert::Model> convert(const graph::Module& module, const ConvertOptions& options) {
  options.sinks.report("verify", 0, kStages);
  KELT_RETURN_IF_ERROR(graph::verify(module, lower::find_facts));
  options.sinks.report("lower", 1, kStages);
  KELT_ASSIGN_OR_RETURN(litert::Model model, lowered(module, options.optimize));
  litert::set_versions(model);  // the chains of constants that a pass runs need theirs
  if (options.optimize) {
    options.sinks.report("optimize", 2, kStages);
    KELT_RETURN_IF_ERROR(optimize::run_pipeline(model, {.evaluate = evaluate_by_runtime(options.runtime_library)}));
  }
  options.sinks.report("optimize", kStages, kStages);
  litert::set_versions(model);
  name_tensors(module, model);
  KELT_RETURN_IF_ERROR(describe(module, model));
  return model;
}

Result<std::vector<Error>> find_rejections(const graph::Module& module) {
  KELT_RETURN_IF_ERROR(graph::verify(module, lower::find_facts));
  return lower::find_rejections(module);
}

}  // namespace kelt::pipeline
