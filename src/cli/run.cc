// cli/run.cc — `kelt run FILE`: runs a signature, and tells its outputs, its time and what XNNPACK took.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "cli/command.h"
#include "cli/delegation.h"
#include "cli/npz.h"
#include "cli/table.h"
#include "litert/read.h"
#include "pipeline/valid_sizes.h"
#include "runtime/trial.h"
#include "weights/convert.h"

namespace kelt::cli {
namespace {

using Json = nlohmann::ordered_json;

struct RunCommand {
  std::string file;
  std::string inputs;
  std::string outputs;
  std::vector<std::string> resize;
  std::string kernels = "delegate";
  std::string library;
  bool json = false;
  runtime::TrialOptions trial;
};

// "x=1,64"
Result<void> read_size(const std::string& text, std::map<std::string, Shape>& sizes) {
  const Error error{.code = Code::kInvalidArgument, .what = "--resize " + text + " is not of the form NAME=1,64"};
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return error;
  Shape shape;
  const char* at = text.data() + equals + 1;
  const char* const end = text.data() + text.size();
  while (true) {
    int64_t dim = 0;
    const auto [next, status] = std::from_chars(at, end, dim);
    if (status != std::errc() || dim <= 0) return error;
    shape.push_back(dim);
    if (next == end) break;
    if (*next != ',') return error;
    at = next + 1;
  }
  sizes[text.substr(0, equals)] = std::move(shape);
  return {};
}

runtime::Kernels read_kernels(const std::string& text) {
  if (text == "builtin") return runtime::Kernels::kBuiltin;
  return text == "reference" ? runtime::Kernels::kReference : runtime::Kernels::kDelegate;
}

struct Tried {
  runtime::Trial trial;
  std::vector<observe::Reason> reasons;  // of the nodes outside
};

Result<Tried> try_file(RunCommand options) {
  for (const std::string& size : options.resize) KELT_RETURN_IF_ERROR(read_size(size, options.trial.sizes));
  options.trial.open.kernels = read_kernels(options.kernels);
  // The runtime believes what stands in a file; the reader does not.
  KELT_ASSIGN_OR_RETURN(const litert::Model model, litert::read_model(options.file));
  options.trial.check = [valid = pipeline::read_valid_sizes(model)](const std::string& signature, const auto& shapes) {
    return pipeline::check_sizes(valid, signature, shapes);
  };
  std::vector<NamedArray> arrays;
  if (!options.inputs.empty()) {
    KELT_ASSIGN_OR_RETURN(arrays, read_npz(options.inputs));
  }
  std::vector<runtime::Input> given;
  for (const NamedArray& array : arrays) given.push_back({array.name, array.dtype, array.shape, array.bytes});
  KELT_ASSIGN_OR_RETURN(const runtime::Runtime runtime, runtime::Runtime::load(options.library));
  Tried tried;
  KELT_ASSIGN_OR_RETURN(tried.trial, runtime::try_out(runtime, options.file, options.trial, given));
  if (options.trial.open.kernels != runtime::Kernels::kDelegate) {
    tried.reasons.resize(tried.trial.delegation.outside.size(), {.why = "--kernels " + options.kernels + " leaves XNNPACK nothing"});
    return tried;
  }
  KELT_ASSIGN_OR_RETURN(tried.reasons, observe::reasons_outside(runtime, model, tried.trial.delegation.outside));
  return tried;
}

struct Summary {
  double smallest = 0, largest = 0, mean = 0;
  size_t not_finite = 0;
};

Summary summarize(DType dtype, const Shape& shape, std::span<const std::byte> bytes) {
  size_t count = dtype == DType::kComplex64 ? 2 : 1;
  for (const int64_t dim : shape) count *= static_cast<size_t>(dim);
  std::vector<double> values(count);
  if (dtype != DType::kInt4) {
    convert(dtype == DType::kComplex64 ? DType::kFloat32 : dtype, bytes.data(), DType::kFloat64,
            reinterpret_cast<std::byte*>(values.data()), count);
  }
  Summary summary;
  summary.not_finite = std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return summary;
  const auto [smallest, largest] = std::ranges::minmax_element(values);
  summary.smallest = *smallest;
  summary.largest = *largest;
  for (const double value : values) summary.mean += value / static_cast<double>(values.size());
  return summary;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

Json to_json(const RunCommand& options, const Tried& tried) {
  const runtime::Trial& trial = tried.trial;
  Json json;
  json["file"] = options.file;
  json["signature"] = trial.signature;
  for (const runtime::Tried& input : trial.inputs) {
    json["inputs"].push_back({{"name", input.name}, {"dtype", name(input.dtype)}, {"shape", input.shape}, {"random", input.made_up}});
  }
  for (const runtime::Output& output : trial.outputs) {
    const Summary values = summarize(output.dtype, output.shape, output.bytes);
    json["outputs"].push_back({{"name", output.name},
                               {"dtype", name(output.dtype)},
                               {"shape", output.shape},
                               {"min", values.smallest},
                               {"max", values.largest},
                               {"mean", values.mean},
                               {"not_finite", values.not_finite}});
  }
  json["threads"] = options.trial.open.threads;
  json["runs"] = trial.seconds.size();
  json["min_ms"] = *std::ranges::min_element(trial.seconds) * 1e3;
  json["median_ms"] = median(trial.seconds) * 1e3;
  json["partitions"] = trial.delegation.partitions;
  json["inside"] = trial.delegation.inside;
  json["outside"] = outside_json(trial.delegation, tried.reasons);
  return json;
}

void print(const RunCommand& options, const Tried& tried) {
  const runtime::Trial& trial = tried.trial;
  std::printf("%s, signature %s\n", options.file.c_str(), trial.signature.c_str());
  size_t width = 0;
  for (const runtime::Tried& input : trial.inputs) width = std::max(width, input.name.size());
  for (const runtime::Output& output : trial.outputs) width = std::max(width, output.name.size());
  const auto row = [&](const char* kind, const std::string& port, DType dtype, const Shape& shape, const std::string& more) {
    std::printf("  %-6s %-*s  %-8s %-18s %s\n", kind, static_cast<int>(width), port.c_str(), std::string(name(dtype)).c_str(),
                shape_text(shape).c_str(), more.c_str());
  };
  for (const runtime::Tried& input : trial.inputs) {
    row("input", input.name, input.dtype, input.shape, input.made_up ? "random" : "given");
  }
  for (const runtime::Output& output : trial.outputs) {
    const Summary values = summarize(output.dtype, output.shape, output.bytes);
    std::array<char, 128> text;
    std::snprintf(text.data(), text.size(), "%.6g … %.6g, mean %.6g", values.smallest, values.largest, values.mean);
    std::string more = text.data();
    if (values.not_finite > 0) more += ", " + std::to_string(values.not_finite) + " not finite";
    row("output", output.name, output.dtype, output.shape, more);
  }
  std::printf("  time   min %.4g ms, median %.4g ms (runs: %zu, threads: %d)\n", *std::ranges::min_element(trial.seconds) * 1e3,
              median(trial.seconds) * 1e3, trial.seconds.size(), options.trial.open.threads);
  std::fputs(printable(delegation_text(trial.delegation, tried.reasons)).c_str(), stdout);
}

Result<void> run_run(const RunCommand& options) {
  KELT_ASSIGN_OR_RETURN(const Tried tried, try_file(options));
  if (!options.outputs.empty()) {
    std::vector<ArrayView> arrays;
    for (const runtime::Output& output : tried.trial.outputs) arrays.push_back({output.name, output.dtype, output.shape, output.bytes});
    KELT_RETURN_IF_ERROR(write_npz(options.outputs, arrays));
  }
  if (options.json) {
    std::puts(to_json(options, tried).dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    print(options, tried);
  }
  return {};
}

}  // namespace

void add_run(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("run", "Runs a LiteRT file: its outputs, its time, and what XNNPACK took of it");
  const auto options = std::make_shared<RunCommand>();
  command->add_option("FILE", options->file, "A .tflite file")->required();
  command->add_option("--signature", options->trial.signature, "The signature's key, where there are several");
  command->add_option("--inputs", options->inputs, "An .npz file with inputs by name; the others are random");
  command->add_option("--outputs", options->outputs, "An .npz file to write, with the outputs by name");
  command->add_option("--resize", options->resize, "Sizes of a random input: NAME=1,64. An unknown dim is 1 otherwise");
  command->add_option("--seed", options->trial.seed, "Of the random inputs");
  command->add_option("--runs", options->trial.runs, "How many runs are timed")->check(CLI::Range(1, 1'000'000));
  command->add_option("--threads", options->trial.open.threads, "Threads of the runtime")->check(CLI::Range(1, 256));
  command->add_option("--kernels", options->kernels, "delegate (XNNPACK where it can), builtin or reference")
      ->check(CLI::IsMember({"delegate", "builtin", "reference"}));
  command->add_option("--runtime", options->library, "Path of libLiteRt.so");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&run, options] { run = [options] { return run_run(*options); }; });
}

}  // namespace kelt::cli
