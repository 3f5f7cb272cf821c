// cli/export.cc — `kelt export DIR -o FILE`: a saved module becomes a LiteRT file, without Python.

#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/progress.h"
#include "graph/store.h"
#include "pipeline/export.h"

namespace kelt::cli {
namespace {

struct ExportCommand {
  std::string directory;
  std::string file;
  std::string constants = "inside";
  pipeline::ExportOptions pipeline;
};

Result<pipeline::Report> export_shown(const graph::Module& module, const ExportCommand& options) {
  const TerminalProgress progress;
  pipeline::ExportOptions how = options.pipeline;
  how.convert.sinks.progress = progress.sink();
  how.constants_outside = options.constants == "outside";
  return pipeline::export_file(module, options.file, how);
}

Result<void> run_export(const ExportCommand& options) {
  KELT_ASSIGN_OR_RETURN(const graph::Module module, graph::load(options.directory));
  KELT_ASSIGN_OR_RETURN(const pipeline::Report report, export_shown(module, options));
  std::printf("%s: %llu bytes\n", options.file.c_str(), static_cast<unsigned long long>(report.file.file_bytes));
  return {};
}

}  // namespace

void add_export(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("export", "Writes the LiteRT file of a module that kelt.capture(model).save(DIR) saved");
  const auto options = std::make_shared<ExportCommand>();
  command->add_option("DIR", options->directory, "The directory with module.kelt")->required();
  command->add_option("-o,--output", options->file, "The file to write; ends in .tflite")->required();
  command->add_option("--threads", options->pipeline.threads, "Threads that write; 0: as many as help")->check(CLI::Range(0, 256));
  command->add_flag("!--no-optimize", options->pipeline.convert.optimize, "Leave the operators as they are lowered");
  command
      ->add_option("--constants", options->constants,
                   "inside: in the flatbuffer, below 2 GiB; outside: behind it, for runtimes from 2.14 on")
      ->check(CLI::IsMember({"inside", "outside"}));
  command->add_option("--runtime", options->pipeline.convert.runtime_library, "Path of libLiteRt.so, which computes constants");
  command->callback([&run, options] { run = [options] { return run_export(*options); }; });
}

}  // namespace kelt::cli
