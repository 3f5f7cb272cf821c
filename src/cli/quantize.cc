// cli/quantize.cc — `kelt quantize FILE -o OUT --recipe NAME`: a file of floats becomes one of integers.

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "pipeline/quantize.h"
#include "statistics/file.h"

namespace kelt::cli {
namespace {

struct QuantizeCommand {
  std::string file;
  std::string output;
  std::string recipe;
  std::string statistics;
  std::string report;
  int threads = 0;
};

Result<std::string> text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return Error{.code = Code::kNotFound, .what = "can't read " + path};
  return text.str();
}

// A name, JSON, or a file with JSON.
Result<quantize::Recipe> recipe_of(const std::string& given) {
  if (!given.ends_with(".json")) return quantize::parse_recipe(given);
  KELT_ASSIGN_OR_RETURN(const std::string text, text_of(given));
  return quantize::parse_recipe(text);
}

Result<void> write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << "\n";
  if (!file.flush()) return Error{.code = Code::kIo, .what = "can't write " + path};
  return {};
}

Result<void> run_quantize(const QuantizeCommand& options) {
  pipeline::QuantizeOptions how;
  KELT_ASSIGN_OR_RETURN(how.recipe, recipe_of(options.recipe));
  if (!options.statistics.empty()) {
    KELT_ASSIGN_OR_RETURN(statistics::Statistics known, statistics::load_statistics(options.statistics));
    how.calibrate = pipeline::calibrate_from(std::move(known));
  }
  pipeline::QuantizedFile done;
  {
    const TerminalProgress progress;
    how.sinks.progress = progress.sink();
    KELT_ASSIGN_OR_RETURN(done, pipeline::quantize_file(options.file, options.output, how, options.threads));
  }
  const double share = 100.0 * static_cast<double>(done.file.file_bytes) / static_cast<double>(done.bytes_before);
  std::printf("%s: %s, %.1f %% of %s\n%s", printable(options.output).c_str(), size_text(done.file.file_bytes).c_str(), share,
              size_text(done.bytes_before).c_str(), printable(quantize::to_text(done.operators)).c_str());
  return options.report.empty() ? Result<void>{} : write_text(options.report, quantize::to_json(done.operators));
}

}  // namespace

void add_quantize(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("quantize", "Writes a LiteRT file with the weights, or everything, in fewer bits");
  const auto options = std::make_shared<QuantizeCommand>();
  command->add_option("FILE", options->file, "A .tflite of floats, of any converter")->required();
  command->add_option("-o,--output", options->output, "The file to write; ends in .tflite")->required();
  command->add_option("-r,--recipe", options->recipe, "A name such as int8-dynamic, JSON, or a file that ends in .json")->required();
  command->add_option("-s,--statistics", options->statistics, "Ranges of activations, written by kelt calibrate");
  command->add_option("--report", options->report, "Where to write the report of each operator as JSON");
  command->add_option("--threads", options->threads, "Threads that write; 0: as many as help")->check(CLI::Range(0, 256));
  command->callback([&run, options] { run = [options] { return run_quantize(*options); }; });
}

}  // namespace kelt::cli
