#include "pipeline/quantize.h"

#include <algorithm>

#include "litert/op_versions.h"
#include "litert/read.h"
#include "litert/sources.h"
#include "optimize/pass.h"
#include "quantize/validate.h"

namespace kelt::pipeline {
namespace {

bool is_changed(const quantize::Report& report) {
  return std::ranges::any_of(report.lines, [](const quantize::Line& line) { return line.form != "float"; });
}

// A recipe that changes nothing is a mistake, unless it asks for floats.
Result<void> check_changed(const quantize::Report& report, const quantize::Recipe& recipe) {
  const bool asked = recipe.form.kind != quantize::Kind::kFloat || !recipe.rules.empty();
  if (!asked || is_changed(report)) return {};
  std::string why;
  for (const quantize::Line& line : report.lines) {
    if (why.empty() && !line.why.empty()) why = ": " + line.op + " of " + line.layer + " stays as it is, since " + line.why;
  }
  return Error{.code = Code::kInvalidArgument,
               .what = "the recipe finds nothing to quantize in this model" + why,
               .remedy = "Take a recipe whose form has a kernel for the model's operators, or a smaller min_elements"};
}

// The rules of quantized files, which a file of ours keeps; what the model brought with it is not ours.
Result<void> check_rules(const litert::Model& model, size_t faults_before) {
  const std::vector<quantize::Fault> faults = quantize::faults_of(model);
  if (faults.size() <= faults_before) return {};
  return Error{.code = Code::kInternal, .what = "the quantized file breaks a rule: " + quantize::in_words(faults.front(), model)};
}

}  // namespace

Result<quantize::Report> quantize_model(litert::Model& model, const QuantizeOptions& options) {
  constexpr uint64_t kStages = 2;
  std::optional<statistics::Statistics> statistics;
  if (quantize::is_static(options.recipe) && options.calibrate) {
    options.sinks.report("calibrate", 0, kStages);
    KELT_ASSIGN_OR_RETURN(const quantize::Plan plan, quantize::make_plan(model, options.recipe));
    KELT_ASSIGN_OR_RETURN(statistics, options.calibrate(model, quantize::activations_of(model, options.recipe, plan)));
  }
  options.sinks.report("quantize", 1, kStages);
  const size_t faults_before = quantize::faults_of(model).size();
  KELT_ASSIGN_OR_RETURN(quantize::Report report, quantize::quantize_model(model, options.recipe, statistics ? &*statistics : nullptr));
  KELT_RETURN_IF_ERROR(check_changed(report, options.recipe));
  KELT_RETURN_IF_ERROR(optimize::remove_dead(model, {}));
  litert::set_versions(model);
  KELT_RETURN_IF_ERROR(check_rules(model, faults_before));
  litert::store_sources(model);
  options.sinks.report("quantize", kStages, kStages);
  return report;
}

Result<QuantizedFile> quantize_file(const std::filesystem::path& input, const std::filesystem::path& output, const QuantizeOptions& options,
                                    int threads) {
  if (output.extension() != ".tflite") {
    return Error{.code = Code::kInvalidArgument, .what = "the path of a LiteRT file ends in .tflite, not so " + output.string()};
  }
  KELT_ASSIGN_OR_RETURN(litert::Model model, litert::read_model(input));
  KELT_RETURN_IF_ERROR(litert::restore_sources(model));
  QuantizedFile done;
  done.bytes_before = std::filesystem::file_size(input);
  KELT_ASSIGN_OR_RETURN(done.operators, quantize_model(model, options));
  KELT_ASSIGN_OR_RETURN(done.file, write::write_file(model, output, {.threads = threads, .progress = options.sinks.progress}));
  return done;
}

}  // namespace kelt::pipeline
