// cli/quantize.cc — `kelt quantize FILE -o OUT --recipe NAME`: a file of floats becomes one of integers.

#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "cli/command.h"
#include "cli/npz_samples.h"
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
  std::string target_snr;
  std::string max_size;
  std::vector<std::string> forms;
  std::vector<std::string> samples;
  std::string statistics;
  std::string library;
  std::string write_recipe;
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

// A name, JSON, or a file with JSON; the options that name a goal are settings of it.
Result<quantize::Recipe> recipe_of(const QuantizeCommand& options) {
  std::string text = options.recipe;
  if (text.ends_with(".json")) {
    KELT_ASSIGN_OR_RETURN(text, text_of(text));
  }
  const bool has_goal = !options.target_snr.empty() || !options.max_size.empty() || !options.forms.empty();
  if (!has_goal) return quantize::parse_recipe(text);
  auto json = text.empty() ? nlohmann::ordered_json::object() : nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) json = {{"form", text}};
  if (!options.target_snr.empty()) json["target_snr"] = options.target_snr;
  if (!options.max_size.empty()) json["max_size"] = options.max_size;
  if (!options.forms.empty()) json["forms"] = options.forms;
  return quantize::parse_recipe(json.dump());
}

Result<void> write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << "\n";
  if (!file.flush()) return Error{.code = Code::kIo, .what = "can't write " + path};
  return {};
}

Result<void> run_quantize(const QuantizeCommand& options) {
  pipeline::QuantizeOptions how;
  KELT_ASSIGN_OR_RETURN(how.recipe, recipe_of(options));
  KELT_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, npz_files(options.samples));
  if (!files.empty()) {
    KELT_ASSIGN_OR_RETURN(const runtime::Runtime runtime, runtime::Runtime::load(options.library));
    const auto data = [&files](const litert::Model&) { return std::vector{calibrate::Data{"", samples_of(files)}}; };
    how.calibrate = pipeline::calibrate_by(runtime, data);
    how.samples = pipeline::Samples{runtime, data};
  }
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
  if (!options.write_recipe.empty()) KELT_RETURN_IF_ERROR(write_text(options.write_recipe, done.operators.recipe));
  return options.report.empty() ? Result<void>{} : write_text(options.report, quantize::to_json(done.operators));
}

}  // namespace

void add_quantize(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("quantize", "Writes a LiteRT file with the weights, or everything, in fewer bits");
  const auto options = std::make_shared<QuantizeCommand>();
  command->add_option("FILE", options->file, "A .tflite of floats, of any converter")->required();
  command->add_option("-o,--output", options->output, "The file to write; ends in .tflite")->required();
  command->add_option("-r,--recipe", options->recipe, "A name such as int8-dynamic, JSON, or a file that ends in .json");
  command->add_option("--target-snr", options->target_snr, "Search the recipe of the smallest file whose outputs have this: 30dB");
  command->add_option("--max-size", options->max_size, "Search the recipe of the least noise in a file of this size: 2MB, 40%");
  command->add_option("--forms", options->forms,
                      "Forms that a search may choose from; float, fp16, int8-dynamic, int4-block32, int4 otherwise");
  command->add_option("--samples", options->samples,
                      "For a search, or ranges: .npz files with arrays by the names of the inputs, of one sample or several, or folders");
  command->add_option("--write-recipe", options->write_recipe, "Where to write the recipe that was found, as JSON");
  command->add_option("--runtime", options->library, "Path of libLiteRt.so");
  command->add_option("-s,--statistics", options->statistics, "Ranges of activations, written by kelt calibrate");
  command->add_option("--report", options->report, "Where to write the report of each operator as JSON");
  command->add_option("--threads", options->threads, "Threads that write; 0: as many as help")->check(CLI::Range(0, 256));
  command->callback([&run, options] { run = [options] { return run_quantize(*options); }; });
}

}  // namespace kelt::cli
