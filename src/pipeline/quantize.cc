#include "pipeline/quantize.h"

#include <algorithm>
#include <map>
#include <set>

#include "litert/op_versions.h"
#include "litert/sources.h"
#include "optimize/pass.h"
#include "quantize/prepare.h"
#include "quantize/validate.h"
#include "search/search.h"
#include "statistics/fingerprint.h"
#include "write/layout.h"

namespace kelt::pipeline {
namespace {

bool is_changed(const quantize::Report& report) {
  return std::ranges::any_of(report.lines, [](const quantize::Line& line) { return line.form != "float"; });
}

// A recipe that changes nothing is a mistake, unless it asks for floats.
Result<void> check_changed(const quantize::Report& report, const quantize::Recipe& recipe) {
  const bool asked = recipe.form.kind != quantize::Kind::kFloat || !recipe.rules.empty();
  if (!asked || recipe.may_find_nothing || is_changed(report)) return {};
  std::string why;
  for (const quantize::Line& line : report.lines) {
    if (why.empty() && !line.why.empty()) why = ": " + line.op + " of " + line.layer + " stays as it is, since " + line.why;
  }
  return Error{.code = Code::kInvalidArgument,
               .what = "the recipe finds nothing to quantize in this model" + why,
               .remedy = "Take a recipe whose form has a kernel for the model's operators, or a smaller min_elements"};
}

// What was done to the data, and of which tensors nothing is known.
std::vector<std::string> notes_of(const calibrate::Calibration& known, const litert::Model& model) {
  std::vector<std::string> notes = known.notes;
  for (const observe::Unreadable& unreadable : known.unreadable) {
    const litert::Subgraph& subgraph = model.subgraphs[static_cast<size_t>(unreadable.place.subgraph)];
    notes.push_back("the values of " + subgraph.tensors[static_cast<size_t>(unreadable.place.tensor)].name +
                    " can't be read: " + unreadable.why);
  }
  return notes;
}

using Moved = std::map<litert::Place, litert::Place>;

// The activations that the plan of the prepared model needs, by the tensors of the model before.
Result<std::vector<litert::Place>> activations_before(const litert::Model& prepared, const quantize::Recipe& recipe, const Moved& moved) {
  KELT_ASSIGN_OR_RETURN(const quantize::Plan plan, quantize::make_plan(prepared, recipe));
  std::set<litert::Place> places;
  for (const litert::Place& place : quantize::activations_of(prepared, recipe, plan)) {
    const auto found = moved.find(place);
    places.insert(found == moved.end() ? place : found->second);
  }
  return std::vector<litert::Place>(places.begin(), places.end());
}

Result<calibrate::Calibration> calibrated(const litert::Model& before, const std::vector<litert::Place>& activations,
                                          const QuantizeOptions& options, const observe::File* floats) {
  if (floats != nullptr) return options.calibrate(*floats, activations);
  KELT_ASSIGN_OR_RETURN(const observe::File file, calibrate::unnamed_file(before, options.folder));
  return options.calibrate(file, activations);
}

// The rules of quantized files, which a file of ours keeps; what the model brought with it is not ours.
Result<void> check_rules(const litert::Model& model, size_t faults_before) {
  const std::vector<quantize::Fault> faults = quantize::faults_of(model, quantize::Values::kLeave);
  if (faults.size() <= faults_before) return {};
  return Error{.code = Code::kInternal, .what = "the quantized file breaks a rule: " + quantize::in_words(faults.front(), model)};
}

// What comes after quantization, for the file to be run.
Result<void> clean_up(litert::Model& model) {
  KELT_RETURN_IF_ERROR(optimize::remove_dead(model, {}));
  litert::set_versions(model);
  std::erase_if(model.metadata, [](const litert::Metadata& entry) { return entry.name == write::kMinRuntimeVersion; });
  return {};
}

// The recipe that reaches the goal, and then the model by it.
Result<quantize::Report> search_and_quantize(litert::Model& model, const QuantizeOptions& options, const observe::File& floats) {
  if (!options.samples) {
    return Error{.code = Code::kInvalidArgument,
                 .what = "a recipe with a goal runs the model on samples of what it will see, and none are given",
                 .remedy = "Give them (calibration=, or --samples): random inputs, or statistics, would not tell what the outputs become"};
  }
  const search::Quantize quantize = [](litert::Model& copy, const quantize::Recipe& recipe,
                                       const statistics::Statistics* known) -> Result<void> {
    KELT_ASSIGN_OR_RETURN(const quantize::Report report, quantize::quantize_model(copy, recipe, known));
    KELT_RETURN_IF_ERROR(clean_up(copy));
    litert::store_sources(copy);
    return {};
  };
  const search::Subject subject{options.samples->runtime, floats, model, floats.bytes->bytes().size()};
  KELT_ASSIGN_OR_RETURN(search::Found found, search::find_recipe(subject, options.recipe, options.samples->data(floats.model), quantize,
                                                                 options.sinks.progress));
  QuantizeOptions by_recipe{.recipe = std::move(found.recipe), .folder = options.folder, .sinks = options.sinks};
  if (found.known) {
    by_recipe.calibrate = [&found](const observe::File&, const std::vector<litert::Place>&) -> Result<calibrate::Calibration> {
      return *found.known;
    };
  }
  KELT_ASSIGN_OR_RETURN(quantize::Report report, quantize_model(model, by_recipe, &floats));
  report.notes.insert(report.notes.end(), found.notes.begin(), found.notes.end());
  report.effects = std::move(found.effects);
  return report;
}

}  // namespace

Calibrate calibrate_by(const runtime::Runtime& runtime, std::function<std::vector<calibrate::Data>(const litert::Model&)> data,
                       const Sinks& sinks) {
  return [runtime, data = std::move(data), sinks](const observe::File& floats, const std::vector<litert::Place>& activations) {
    return calibrate::calibrate(runtime, floats, data(floats.model), {.places = activations, .progress = sinks.progress});
  };
}

Calibrate calibrate_from(statistics::Statistics statistics) {
  return [known = std::move(statistics)](const observe::File& floats, const std::vector<litert::Place>&) -> Result<calibrate::Calibration> {
    KELT_RETURN_IF_ERROR(statistics::check_model(known, floats.model));
    return calibrate::Calibration{.statistics = known};
  };
}

Result<quantize::Report> quantize_model(litert::Model& model, const QuantizeOptions& options, const observe::File* floats) {
  if (options.recipe.goal) {
    if (floats != nullptr || !options.samples) return search_and_quantize(model, options, floats != nullptr ? *floats : observe::File{});
    KELT_ASSIGN_OR_RETURN(const observe::File file, calibrate::unnamed_file(model, options.folder));
    return search_and_quantize(model, options, file);
  }
  constexpr uint64_t kStages = 2;
  std::optional<calibrate::Calibration> known;
  const litert::Model before = model;
  const Moved moved = quantize::prepare(model, options.recipe);
  if (quantize::is_static(options.recipe) && options.calibrate) {
    options.sinks.report("calibrate", 0, kStages);
    KELT_ASSIGN_OR_RETURN(const std::vector<litert::Place> activations, activations_before(model, options.recipe, moved));
    KELT_ASSIGN_OR_RETURN(known, calibrated(before, activations, options, floats));
    for (const auto& [added, origin] : moved) {
      const auto found = known->statistics.tensors.find(origin);
      if (found != known->statistics.tensors.end()) known->statistics.tensors[added] = found->second;
    }
  }
  options.sinks.report("quantize", 1, kStages);
  const size_t faults_before = quantize::faults_of(model, quantize::Values::kLeave).size();
  KELT_ASSIGN_OR_RETURN(quantize::Report report, quantize::quantize_model(model, options.recipe, known ? &known->statistics : nullptr));
  if (known) report.notes = notes_of(*known, before);
  KELT_RETURN_IF_ERROR(check_changed(report, options.recipe));
  KELT_RETURN_IF_ERROR(clean_up(model));
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
  KELT_ASSIGN_OR_RETURN(const observe::File floats, observe::read_file(input));
  litert::Model model = floats.model;
  KELT_RETURN_IF_ERROR(litert::restore_sources(model));
  QuantizedFile done;
  done.bytes_before = std::filesystem::file_size(input);
  KELT_ASSIGN_OR_RETURN(done.operators, quantize_model(model, options, &floats));
  KELT_ASSIGN_OR_RETURN(done.file, write::write_file(model, output, {.threads = threads, .progress = options.sinks.progress}));
  return done;
}

}  // namespace kelt::pipeline
