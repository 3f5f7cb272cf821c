#include "pipeline/quantize.h"

#include <algorithm>
#include <map>
#include <set>

#include "calibrate/kept_samples.h"
#include "litert/op_versions.h"
#include "litert/sources.h"
#include "optimize/pass.h"
#include "quantize/operands.h"
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
  // Operators with weights tell most.
  const auto rank = [](const quantize::Line& line) { return line.bytes_before > 0 ? 2 : line.why == quantize::kDone ? 1 : 0; };
  const quantize::Line* first = nullptr;
  for (const quantize::Line& line : report.lines) {
    if (!line.why.empty() && (first == nullptr || rank(line) > rank(*first))) first = &line;
  }
  const std::string why = first == nullptr ? "" : ": " + first->op + " of " + first->layer + " stays as it is, since " + first->why;
  const bool done = first != nullptr && first->why == quantize::kDone;
  return Error{.code = Code::kInvalidArgument,
               .what = "the recipe finds nothing to quantize in this model" + why,
               .remedy = done ? "Quantize the file of floats that this one was made of"
                              : "Take a recipe whose form has a kernel for the model's operators, or a smaller min_elements"};
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

constexpr uint64_t kQuantizeStages = 2;

// What the samples tell: statistics, the integers that they choose, notes.
struct FromSamples {
  std::optional<calibrate::Calibration> calibration;
  quantize::ChosenIntegers integers;
};

Error no_samples() {
  return {.code = Code::kInvalidArgument,
          .what = "the recipe's weights are those of gptq, which needs samples of what the model will see",
          .remedy = "Give representative inputs (calibration=, or --samples), not statistics of them, or take \"weights\": \"clip\""};
}

// The place in the model before of each, once.
std::vector<litert::Place> origins_of(const std::vector<litert::Place>& places, const Moved& moved) {
  std::set<litert::Place> origins;
  for (const litert::Place& place : places) {
    const auto found = moved.find(place);
    origins.insert(found == moved.end() ? place : found->second);
  }
  return {origins.begin(), origins.end()};
}

// Layers that read tensors without second moments keep the integers of a clip search.
Result<void> choose_by_moments(const observe::File& file, const Moved& moved, const QuantizeOptions& options, quantize::GptqLayers& layers,
                               const statistics::Statistics& statistics) {
  const std::vector<litert::Place> inputs = layers.inputs();
  const auto visit = [&](const litert::Place& origin, const calibrate::SecondMoments& moments) -> Result<void> {
    const auto known = statistics.tensors.find(origin);
    const uint64_t values = known == statistics.tensors.end() ? 0 : known->second.values;
    for (const litert::Place& input : inputs) {
      if (origins_of({input}, moved).front() != origin) continue;
      KELT_RETURN_IF_ERROR(layers.choose(input, moments.sums, values / static_cast<uint64_t>(std::max<int64_t>(moments.width, 1))));
    }
    return {};
  };
  const auto unreadable = options.calibrate.moments(file, origins_of(inputs, moved), visit);
  return unreadable.ok() ? Result<void>() : unreadable.error();
}

// Of the model before it was prepared; the statistics have the prepared one's tensors as well.
Result<FromSamples> calibrated(const litert::Model& before, const litert::Model& prepared, const Moved& moved,
                               const QuantizeOptions& options, const observe::File* floats) {
  FromSamples found;
  const quantize::Recipe& recipe = options.recipe;
  if (recipe.weights == quantize::WeightMethod::kGptq && !options.calibrate.moments) return no_samples();
  if (!options.calibrate) return found;
  KELT_ASSIGN_OR_RETURN(const quantize::Plan plan, quantize::make_plan(prepared, recipe));
  quantize::GptqLayers layers(prepared, recipe, plan);
  const bool chosen = !layers.inputs().empty() && options.calibrate.moments;
  std::vector<litert::Place> places = quantize::activations_of(prepared, recipe, plan);
  const std::vector<litert::Place> channels = quantize::channels_of(prepared, recipe, plan);
  places.insert(places.end(), channels.begin(), channels.end());
  if (places.empty() && !chosen) return found;
  std::optional<observe::File> unnamed;
  if (floats == nullptr) {
    KELT_ASSIGN_OR_RETURN(unnamed, calibrate::unnamed_file(before, options.folder));
    floats = &*unnamed;
  }
  options.sinks.report("calibrate", 0, kQuantizeStages);
  const calibrate::Options wanted{.places = origins_of(places, moved), .channels = origins_of(channels, moved)};
  KELT_ASSIGN_OR_RETURN(found.calibration, options.calibrate.statistics(*floats, wanted, chosen));
  statistics::Statistics& statistics = found.calibration->statistics;
  if (chosen) {
    KELT_RETURN_IF_ERROR(choose_by_moments(*floats, moved, options, layers, statistics));
    found.integers = std::move(layers).take();
  }
  for (const auto& [added, origin] : moved) {
    const auto known = statistics.tensors.find(origin);
    if (known != statistics.tensors.end()) statistics.tensors[added] = known->second;
  }
  return found;
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
  litert::store_sources(model);
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
    KELT_ASSIGN_OR_RETURN(const quantize::Report report, quantize::quantize_model(copy, recipe, {.statistics = known}));
    return clean_up(copy);
  };
  const search::Subject subject{options.samples->runtime, floats, model, floats.bytes->bytes().size()};
  KELT_ASSIGN_OR_RETURN(search::Found found, search::find_recipe(subject, options.recipe, options.samples->data(floats.model), quantize,
                                                                 options.sinks.progress));
  QuantizeOptions by_recipe{.recipe = std::move(found.recipe), .folder = options.folder, .sinks = options.sinks};
  if (found.known) {
    by_recipe.calibrate.statistics = [&found](const observe::File&, const calibrate::Options&, bool) -> Result<calibrate::Calibration> {
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
  const auto kept = std::make_shared<calibrate::KeptSamples>();
  return {.statistics = [runtime, data = std::move(data), sinks, kept](const observe::File& floats, calibrate::Options options,
                                                                       bool again) -> Result<calibrate::Calibration> {
            *kept = {};
            std::vector<calibrate::Data> samples = data(floats.model);
            if (again) {
              KELT_ASSIGN_OR_RETURN(samples, kept->keep(std::move(samples)));
            }
            options.progress = sinks.progress;
            return calibrate::calibrate(runtime, floats, samples, options);
          },
          .moments = [runtime, kept](const observe::File& floats, const std::vector<litert::Place>& places,
                                     const calibrate::MomentsVisitor& visit) -> Result<std::vector<observe::Unreadable>> {
            KELT_ASSIGN_OR_RETURN(const std::vector<calibrate::Data> samples, kept->again());
            return calibrate::second_moments(runtime, floats, samples, places, visit,
                                             {.memory = calibrate::memory_for_moments(floats.model)});
          }};
}

Calibrate calibrate_from(statistics::Statistics statistics) {
  return {.statistics = [known = std::move(statistics)](const observe::File& floats, const calibrate::Options&,
                                                        bool) -> Result<calibrate::Calibration> {
    KELT_RETURN_IF_ERROR(statistics::check_model(known, floats.model));
    return calibrate::Calibration{.statistics = known};
  }};
}

Result<quantize::Report> quantize_model(litert::Model& model, const QuantizeOptions& options, const observe::File* floats) {
  KELT_RETURN_IF_ERROR(quantize::check_operands(model));
  if (options.recipe.goal) {
    if (floats != nullptr || !options.samples) return search_and_quantize(model, options, floats != nullptr ? *floats : observe::File{});
    KELT_ASSIGN_OR_RETURN(const observe::File file, calibrate::unnamed_file(model, options.folder));
    return search_and_quantize(model, options, file);
  }
  const litert::Model before = model;
  const Moved moved = quantize::prepare(model, options.recipe);
  KELT_ASSIGN_OR_RETURN(FromSamples samples, calibrated(before, model, moved, options, floats));
  options.sinks.report("quantize", 1, kQuantizeStages);
  const size_t faults_before = quantize::faults_of(model, quantize::Values::kLeave).size();
  quantize::Known known{.integers = std::move(samples.integers)};
  if (samples.calibration) known.statistics = &samples.calibration->statistics;
  KELT_ASSIGN_OR_RETURN(quantize::Report report, quantize::quantize_model(model, options.recipe, known));
  if (samples.calibration) {
    const std::vector<std::string> notes = notes_of(*samples.calibration, before);
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
  }
  KELT_RETURN_IF_ERROR(check_changed(report, options.recipe));
  KELT_RETURN_IF_ERROR(clean_up(model));
  KELT_RETURN_IF_ERROR(check_rules(model, faults_before));
  options.sinks.report("quantize", kQuantizeStages, kQuantizeStages);
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
