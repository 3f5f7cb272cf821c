#include "pipeline/export.h"

#include <map>
#include <string_view>

#include "litert/text.h"

namespace kelt::pipeline {
namespace {

std::vector<std::pair<std::string, std::string>> ports(const litert::Model& model, int subgraph,
                                                       const std::vector<litert::SignaturePort>& ports) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const litert::SignaturePort& port : ports) {
    const litert::Tensor& tensor = model.subgraphs[subgraph].tensors[port.tensor];
    named.emplace_back(port.name, litert::type_text(tensor.type, tensor.dims));
  }
  return named;
}

Report summarize(const litert::Model& model) {
  Report report;
  for (const litert::Signature& signature : model.signatures) {
    report.signatures.push_back({.key = signature.key,
                                 .inputs = ports(model, signature.subgraph, signature.inputs),
                                 .outputs = ports(model, signature.subgraph, signature.outputs)});
  }
  std::map<std::string, size_t, std::less<>> counts;
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (const litert::Operator& op : subgraph.operators) {
      ++counts[op.code == litert::BuiltinOperator::CUSTOM ? op.custom_code : tflite::EnumNameBuiltinOperator(op.code)];
    }
  }
  report.operators.assign(counts.begin(), counts.end());
  return report;
}

}  // namespace

Result<Report> export_file(const graph::Module& module, const std::filesystem::path& path, const ExportOptions& options) {
  if (path.extension() != ".tflite") {
    return Error{.code = Code::kInvalidArgument, .what = "the path of a LiteRT file ends in .tflite, not so " + path.string()};
  }
  KELT_ASSIGN_OR_RETURN(litert::Model model, convert(module, options.convert));
  model.constants_outside = options.constants_outside;
  std::optional<quantize::Report> quantization;
  if (options.quantize) {
    QuantizeOptions how = *options.quantize;
    how.folder = std::filesystem::absolute(path).parent_path();
    KELT_ASSIGN_OR_RETURN(quantization, quantize_model(model, how));
  }
  Report report = summarize(model);
  report.quantization = std::move(quantization);
  report.path = path;
  KELT_ASSIGN_OR_RETURN(report.file,
                        write::write_file(model, path, {.threads = options.threads, .progress = options.convert.sinks.progress}));
  return report;
}

}  // namespace kelt::pipeline
