// cli/calibrate.cc — `kelt calibrate MODEL SAMPLES… -o FILE`: what a model's tensors hold over samples, as a file; files merged.

#include "calibrate/calibrate.h"

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/npz_samples.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "quantize/plan.h"
#include "statistics/file.h"
#include "statistics/fingerprint.h"

namespace kelt::cli {
namespace {

struct CalibrateCommand {
  std::string file;
  std::vector<std::string> samples;
  std::string output;
  std::string signature;
  std::vector<std::string> merge;
  std::string library;
  int threads = 1;
};

Result<void> run_calibrate(const CalibrateCommand& command) {
  KELT_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, npz_files(command.samples));
  if (files.empty() && command.merge.empty()) {
    return Error{.code = Code::kBadData,
                 .what = "there are no samples",
                 .remedy = "Give .npz files with arrays by the names of the inputs, or folders of them"};
  }
  KELT_ASSIGN_OR_RETURN(const observe::File file, observe::read_file(command.file));
  calibrate::Calibration calibration;
  if (!files.empty()) {
    KELT_ASSIGN_OR_RETURN(const runtime::Runtime runtime, runtime::Runtime::load(command.library));
    const std::array data = {calibrate::Data{command.signature, samples_of(files)}};
    const TerminalProgress progress;
    KELT_ASSIGN_OR_RETURN(calibration, calibrate::calibrate(runtime, file, data,
                                                            {.channels = quantize::inputs_of_products(file.model),
                                                             .limits = {.threads = command.threads},
                                                             .progress = progress.sink()}));
  } else {
    KELT_ASSIGN_OR_RETURN(calibration.statistics.model, statistics::fingerprint_of(file.model));
  }
  for (const std::string& path : command.merge) {
    KELT_ASSIGN_OR_RETURN(const statistics::Statistics other, statistics::load_statistics(path));
    KELT_RETURN_IF_ERROR(statistics::merge(calibration.statistics, other).note("while merging " + path));
  }
  KELT_RETURN_IF_ERROR(statistics::save_statistics(calibration.statistics, command.output));
  for (const std::string& note : calibration.notes) std::printf("note: %s\n", printable(note).c_str());
  for (const observe::Unreadable& unreadable : calibration.unreadable) {
    const litert::Subgraph& subgraph = file.model.subgraphs[static_cast<size_t>(unreadable.place.subgraph)];
    const std::string& name = subgraph.tensors[static_cast<size_t>(unreadable.place.tensor)].name;
    std::printf("note: the values of %s can't be read\n", printable(name).c_str());
  }
  std::printf("%s: %zu tensors over %llu samples\n", printable(command.output).c_str(), calibration.statistics.tensors.size(),
              static_cast<unsigned long long>(calibration.statistics.samples));
  return {};
}

}  // namespace

void add_calibrate(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("calibrate", "Runs a float LiteRT file over samples: what its tensors hold, for kelt quantize");
  const auto command = std::make_shared<CalibrateCommand>();
  sub->add_option("FILE", command->file, "A .tflite file in float")->required();
  sub->add_option("SAMPLES", command->samples,
                  "Each an .npz file with arrays by the names of the inputs, of one sample or several, or a folder");
  sub->add_option("-o,--output", command->output, "The JSON file to write")->required();
  sub->add_option("--signature", command->signature, "Whose the samples are, where there are several");
  sub->add_option("--merge", command->merge, "Files of earlier runs, on whatever machine, whose samples count as well")
      ->allow_extra_args(false);
  sub->add_option("--threads", command->threads, "Threads of the runtime")->check(CLI::Range(1, 256));
  sub->add_option("--runtime", command->library, "Path of libLiteRt.so");
  sub->callback([&run, command] { run = [command] { return run_calibrate(*command); }; });
}

}  // namespace kelt::cli
