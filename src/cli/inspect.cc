// cli/inspect.cc — `kelt inspect FILE`: what a .tflite holds, as tables, as JSON or as text. Any converter's file will do.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "base/mapped_file.h"
#include "cli/command.h"
#include "cli/delegation.h"
#include "cli/faults.h"
#include "cli/inspect_json.h"
#include "cli/sme2.h"
#include "cli/table.h"
#include "litert/read.h"
#include "litert/summary.h"
#include "litert/text.h"
#include "pipeline/valid_sizes.h"

namespace kelt::cli {
namespace {

struct InspectCommand {
  std::string file;
  bool json = false;
  bool graph = false;
  bool delegation = false;
  bool sme2 = false;
  std::string library;
};

std::string ports_text(std::string_view direction, const std::vector<litert::SignaturePort>& ports, const litert::Subgraph& graph) {
  Table table;
  for (const litert::SignaturePort& port : ports) {
    const litert::Tensor& tensor = graph.tensors[static_cast<size_t>(port.tensor)];
    table.row({"  " + std::string(direction), port.name, litert::type_text(tensor.type, tensor.dims)});
  }
  return table.text();
}

std::string signatures_text(const litert::Model& model) {
  std::string text;
  const std::vector<pipeline::ValidSizes> valid_sizes = pipeline::read_valid_sizes(model);
  for (const litert::Signature& signature : model.signatures) {
    const litert::Subgraph& graph = model.subgraphs[static_cast<size_t>(signature.subgraph)];
    text +=
        "\nsignature " + signature.key + (signature.subgraph == 0 ? "" : " (subgraph " + std::to_string(signature.subgraph) + ")") + "\n";
    text += ports_text("in", signature.inputs, graph) + ports_text("out", signature.outputs, graph);
    for (const pipeline::ValidSizes& valid : valid_sizes) {
      if (valid.signature != signature.key) continue;
      for (const std::string& words : pipeline::in_words(valid)) text += "  " + words + "\n";
    }
  }
  return text;
}

std::string operators_text(const litert::Summary& summary, size_t subgraphs) {
  Table table;
  int total = 0;
  for (const litert::OpCount& op : summary.operators) {
    total += op.count;
    table.row(
        {"  " + op.name, "v" + std::to_string(op.version), std::to_string(op.count), op.runtime.empty() ? "" : "since " + op.runtime});
  }
  const std::string where = subgraphs == 1 ? "" : " in " + std::to_string(subgraphs) + " subgraphs";
  return "\noperators: " + std::to_string(total) + where + "\n" + table.text();
}

std::string weights_text(const litert::Summary& summary, bool outside) {
  std::string types;
  for (const auto& [type, bytes] : summary.bytes_of_type) types += (types.empty() ? "" : ", ") + type + " " + size_text(bytes);
  std::string text = "\nweights: " + size_text(summary.constant_bytes) + " in " + std::to_string(summary.constants) + " of " +
                     std::to_string(summary.tensors) + " tensors" + (types.empty() ? "" : " (" + types + ")") +
                     (outside ? ", outside of the flatbuffer\n" : "\n");
  Table table;
  for (const litert::LayerWeights& layer : summary.layers) {
    table.row({"  " + layer.path, std::to_string(layer.tensors), std::to_string(layer.elements), size_text(layer.bytes)});
  }
  return text + table.text();
}

std::string metadata_lines(const litert::Model& model) {
  if (model.metadata.empty()) return "";
  Table table;
  for (const litert::Metadata& metadata : model.metadata) {
    table.row({"  " + metadata.name, size_text(metadata.bytes.bytes()), metadata_text(metadata).value_or("(binary)")});
  }
  return "\nmetadata\n" + table.text();
}

std::string unknown_text(const litert::Model& model) {
  if (model.unknown_fields.empty()) return "";
  std::string text = "\nnot understood, of a later schema; kelt will not write this model again\n";
  for (const std::string& field : model.unknown_fields) text += "  " + field + "\n";
  return text;
}

std::string tables(const litert::Model& model, const InspectCommand& options, uint64_t file_bytes) {
  const litert::Summary summary = litert::summarize(model);
  return options.file + "  " + size_text(file_bytes) + (model.description.empty() ? "" : "  " + model.description) + "\nneeds runtime " +
         summary.min_runtime + " or later\n" + signatures_text(model) + operators_text(summary, model.subgraphs.size()) +
         weights_text(summary, model.constants_outside) + metadata_lines(model) + faults_text(model) + unknown_text(model);
}

// Of every signature, run once at sizes of one where the file leaves them open.
Result<std::string> delegations_text(const litert::Model& model, const InspectCommand& options) {
  KELT_ASSIGN_OR_RETURN(const runtime::Runtime runtime, runtime::Runtime::load(options.library));
  std::string text;
  for (const litert::Signature& signature : model.signatures) {
    KELT_ASSIGN_OR_RETURN(const runtime::Trial trial, runtime::try_out(runtime, options.file, {.signature = signature.key, .runs = 1}));
    KELT_ASSIGN_OR_RETURN(const auto reasons, observe::reasons_outside(runtime, model, trial.delegation.outside));
    text += "\nsignature " + signature.key + " in the runtime\n" + delegation_text(trial.delegation, reasons);
  }
  return text;
}

Result<void> run_inspect(const InspectCommand& options) {
  KELT_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::open(options.file));
  KELT_ASSIGN_OR_RETURN(const litert::Model model, litert::read_model(file));
  std::string text;
  if (options.json) {
    const nlohmann::ordered_json json =
        options.sme2 ? sme2_json(quantize::sme2_of(model)) : inspect_json(model, options.file, file->bytes().size());
    text = json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  } else {
    text = options.graph  ? litert::to_text(model)
           : options.sme2 ? options.file + "\n" + sme2_text(quantize::sme2_of(model))
                          : tables(model, options, file->bytes().size());
    if (options.delegation) {
      KELT_ASSIGN_OR_RETURN(const std::string delegations, delegations_text(model, options));
      text += delegations;
    }
    text = printable(text);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

}  // namespace

void add_inspect(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("inspect", "Shows what a LiteRT file holds");
  const auto options = std::make_shared<InspectCommand>();
  command->add_option("FILE", options->file, "A .tflite, of any converter")->required();
  CLI::Option* json = command->add_flag("--json", options->json, "Everything, as JSON");
  CLI::Option* graph = command->add_flag("--graph", options->graph, "The graph as text, operator by operator")->excludes(json);
  command->add_flag("--sme2", options->sme2, "Which operators run on Arm's SME2, and which recipe brings in the others; also as JSON")
      ->excludes(graph);
  command->add_flag("--delegation", options->delegation, "Run it once: what XNNPACK takes, and why it leaves a node")->excludes(json);
  command->add_option("--runtime", options->library, "Path of libLiteRt.so, for --delegation");
  command->callback([&run, options] { run = [options] { return run_inspect(*options); }; });
}

}  // namespace kelt::cli
