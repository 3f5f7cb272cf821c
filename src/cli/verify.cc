// cli/verify.cc — `kelt verify FLOAT QUANTIZED`: is the one the other's model in fewer bits, and what did that cost?

#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/npz_samples.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "verify/quantized.h"

namespace kelt::cli {
namespace {

struct VerifyCommand {
  std::string floats;
  std::string quantized;
  std::vector<std::string> samples;
  std::string signature;
  std::string library;
  size_t count = verify::QuantizedOptions{}.samples;
  int threads = 1;
  bool json = false;
};

Result<verify::QuantizedComparison> compared(const VerifyCommand& command) {
  KELT_ASSIGN_OR_RETURN(std::vector<std::filesystem::path> files, npz_files(command.samples));
  KELT_ASSIGN_OR_RETURN(const observe::File floats, observe::read_file(command.floats));
  KELT_ASSIGN_OR_RETURN(const observe::File quantized, observe::read_file(command.quantized));
  KELT_ASSIGN_OR_RETURN(const runtime::Runtime runtime, runtime::Runtime::load(command.library));
  const TerminalProgress progress;
  const verify::QuantizedOptions options{.samples = command.count, .threads = command.threads, .progress = progress.sink()};
  std::vector<calibrate::Data> data;
  if (!files.empty()) data.push_back({command.signature, samples_of(std::move(files))});
  return verify::compare_quantized(runtime, floats, quantized, data, options);
}

Result<void> run_verify(const VerifyCommand& command) {
  KELT_ASSIGN_OR_RETURN(const verify::QuantizedComparison comparison, compared(command));
  if (command.json) {
    std::puts(verify::to_json(comparison).c_str());
  } else {
    std::printf("%s beside %s, samples: %llu\n%s", printable(command.quantized).c_str(), printable(command.floats).c_str(),
                static_cast<unsigned long long>(comparison.samples), printable(verify::to_text(comparison)).c_str());
  }
  if (comparison.ok()) return {};
  return Error{.code = Code::kMismatch,
               .what = command.quantized + " is not " + command.floats + " in fewer bits: " + comparison.faults.front(),
               .remedy = "Quantize the float file again; where a form costs too much, give the layers above a better one"};
}

}  // namespace

void add_verify(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("verify", "Compares a quantized LiteRT file with its float file, layer by layer");
  const auto command = std::make_shared<VerifyCommand>();
  sub->add_option("FLOAT", command->floats, "The float .tflite file")->required();
  sub->add_option("QUANTIZED", command->quantized, "The file that was made of it")->required();
  sub->add_option("--samples", command->samples, "Each an .npz file with arrays by the names of the inputs, or a folder of them");
  sub->add_option("--signature", command->signature, "Whose the samples are, where there are several");
  sub->add_option("--most", command->count, "Samples that are compared at most")->check(CLI::Range(1, 1'000'000));
  sub->add_option("--threads", command->threads, "Threads of the runtime")->check(CLI::Range(1, 256));
  sub->add_option("--runtime", command->library, "Path of libLiteRt.so");
  sub->add_flag("--json", command->json, "Print JSON: every layer, and histograms of the costliest");
  sub->callback([&run, command] { run = [command] { return run_verify(*command); }; });
}

}  // namespace kelt::cli
