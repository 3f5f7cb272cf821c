#include "search/search.h"

#include <algorithm>
#include <cmath>

#include "quantize/plan.h"
#include "search/choice.h"
#include "search/effects.h"

namespace kelt::search {
namespace {

using quantize::Form;
using quantize::Kind;
using quantize::Recipe;

constexpr int kTries = 10;
constexpr double kNear = 0.985;  // of what the goal allows: near enough

struct Tried {
  std::vector<size_t> choice;
  double noise = 0;
  double bytes = 0;
};

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, bytes < 1e6 ? "%.1f kB" : "%.2f MB", bytes < 1e6 ? bytes / 1e3 : bytes / 1e6);
  return text;
}

class Search {
 public:
  Search(const Recipe& given, const Trials& trials, const Workshop& workshop, std::vector<Group> groups)
      : given_(&given), trials_(&trials), workshop_(&workshop), groups_(std::move(groups)) {}

  Result<void> measure(double most, const ProgressSink& progress) {
    KELT_ASSIGN_OR_RETURN(candidates_, workshop_->effects(groups_, most, progress));
    return {};
  }

  // The smallest file of no more noise.
  Result<Tried> within_noise(double limit) {
    std::optional<Tried> best;
    double low = 0, high = kNever, budget = limit;
    for (int i = 0; i < kTries; ++i) {
      const auto choice = choose(options(true), budget);
      if (!choice) break;
      KELT_ASSIGN_OR_RETURN(const Tried tried, try_out(*choice));
      if (tried.noise <= limit) {
        if (!best || tried.bytes < best->bytes) best = tried;
        if (tried.noise > limit * kNear) break;
        low = budget;
      } else {
        high = budget;
      }
      budget = next_budget(budget, limit, tried.noise, low, high);
      if (high < low * 1.003) break;
    }
    if (best) return *best;
    return unreached(0, "the target of " + decibels_text(limit) + " is not reached with these forms");
  }

  // The file of least noise that is no larger. Sums of bytes leave out names, tables and gaps.
  Result<Tried> within_bytes(double limit, double bytes_of_floats) {
    std::optional<Tried> best;
    double budget = limit - bytes_of_floats;
    for (int i = 0; i < kTries; ++i) {
      const auto choice = choose(options(false), budget);
      if (!choice) break;
      KELT_ASSIGN_OR_RETURN(const Tried tried, try_out(*choice));
      const bool fits = tried.bytes <= limit;
      if (fits && (!best || tried.noise < best->noise)) best = tried;
      if (fits && tried.bytes > limit * kNear) break;
      budget += fits ? (limit - tried.bytes) / 2 : (limit - tried.bytes) * 1.02 - 64;
    }
    if (best) return *best;
    return unreached(1, "a file of " + megabytes(limit) + " is not reached with these forms");
  }

  [[nodiscard]] bool is_changed(const Tried& tried) const {
    return std::ranges::any_of(forms_of(tried.choice), [](const Form& form) { return form.kind != Kind::kFloat; });
  }

  [[nodiscard]] Recipe recipe(const Tried& tried) const { return recipe_of(*given_, groups_, forms_of(tried.choice)); }
  [[nodiscard]] size_t runs() const { return runs_; }

  [[nodiscard]] std::vector<quantize::Effect> effects() const {
    std::vector<quantize::Effect> all;
    for (size_t group = 0; group < groups_.size(); ++group) {
      for (const Candidate& one : candidates_[group]) {
        if (one.form.kind == Kind::kFloat) continue;
        all.push_back(
            {groups_[group].layers.front().path, quantize::name_of(one.form), decibels(one.noise), -static_cast<int64_t>(one.bytes)});
      }
    }
    return all;
  }

 private:
  // What is spared, and what it uses up.
  [[nodiscard]] std::vector<std::vector<Option>> options(bool by_noise) const {
    std::vector<std::vector<Option>> all;
    for (const std::vector<Candidate>& group : candidates_) {
      std::vector<Option>& one = all.emplace_back();
      for (const auto& [form, noise, bytes] : group) one.push_back(by_noise ? Option{bytes, noise} : Option{noise, bytes});
    }
    return all;
  }

  [[nodiscard]] std::vector<Form> forms_of(const std::vector<size_t>& choice) const {
    std::vector<Form> forms;
    for (size_t group = 0; group < choice.size(); ++group) forms.push_back(candidates_[group][choice[group]].form);
    return forms;
  }

  Result<Tried> try_out(std::vector<size_t> choice) {
    ++runs_;
    Tried tried{.choice = std::move(choice)};
    const Recipe recipe = recipe_of(*given_, groups_, forms_of(tried.choice));
    KELT_ASSIGN_OR_RETURN(const litert::Model model, workshop_->made(recipe));
    KELT_ASSIGN_OR_RETURN(tried.noise, trials_->noise(model, trials_->samples()));
    KELT_ASSIGN_OR_RETURN(const uint64_t bytes, workshop_->file_bytes(recipe));
    tried.bytes = static_cast<double>(bytes);
    return tried;
  }

  static double next_budget(double budget, double limit, double noise, double low, double high) {
    const double next =
        noise > 0 && noise < kNever ? budget * limit / noise * (noise > limit ? 0.995 : 1.0) : budget * (noise > 0 ? 0.1 : 10);
    if (next > low && next < high) return next;
    return low == 0 ? high / 2 : high == kNever ? low * 2 : std::sqrt(low * high);
  }

  // The error, with the best that there is: of the least noise, or size.
  Result<Tried> unreached(int by, std::string what) {
    std::vector<size_t> choice;
    for (const std::vector<Candidate>& group : candidates_) {
      const auto key = [by](const Candidate& one) { return by == 0 ? std::pair(one.noise, one.bytes) : std::pair(one.bytes, one.noise); };
      choice.push_back(static_cast<size_t>(std::ranges::min_element(group, {}, key) - group.begin()));
    }
    KELT_ASSIGN_OR_RETURN(const Tried tried, try_out(std::move(choice)));
    return Error{.code = Code::kInvalidArgument,
                 .what = std::move(what) + ": the best has " + decibels_text(tried.noise) + " in " + megabytes(tried.bytes),
                 .remedy = by == 0 ? "Take a lower target_snr, or more forms, such as \"fp16\" or \"float\""
                                   : "Take a larger max_size, or forms of fewer bits, such as \"int4\" or \"int2\""};
  }

  const Recipe* given_;
  const Trials* trials_;
  const Workshop* workshop_;
  std::vector<Group> groups_;
  std::vector<std::vector<Candidate>> candidates_;
  size_t runs_ = 0;
};

// What all layers at once would need in the forms with integer activations.
Result<std::optional<calibrate::Calibration>> calibrated(const Subject& subject, const Recipe& recipe, const std::vector<Group>& groups,
                                                         const Trials& trials, const ProgressSink& progress) {
  std::optional<calibrate::Calibration> known;
  const auto is_static = [](const Form& form) { return form.kind == Kind::kStatic; };
  const auto form = std::ranges::find_if(recipe.goal->forms, is_static);
  Recipe asked = recipe_of(recipe, groups, std::vector<Form>(groups.size(), form == recipe.goal->forms.end() ? Form{} : *form));
  if (!quantize::is_static(asked)) return known;
  KELT_ASSIGN_OR_RETURN(const quantize::Plan plan, quantize::make_plan(subject.model, asked));
  const std::vector<litert::Place> places = quantize::activations_of(subject.model, asked, plan);
  KELT_ASSIGN_OR_RETURN(
      known, calibrate::calibrate(subject.runtime, subject.floats, trials.data(), {.places = places, .limits = {}, .progress = progress}));
  return known;
}

std::string summary(const Search& search, const Tried& tried, const Trials& trials, size_t effects) {
  return "searched: " + std::to_string(effects) + " layers in a form by themselves, " + std::to_string(search.runs()) +
         " recipes; the one that is taken gives " + decibels_text(tried.noise) + " over " + std::to_string(trials.samples()) +
         " samples in " + megabytes(tried.bytes);
}

Error nothing_found(const std::vector<quantize::Effect>& effects) {
  if (effects.empty()) {
    return {.code = Code::kInvalidArgument,
            .what = "no layer can be quantized: none has weights in floats, or as many as min_elements",
            .remedy = "Give a smaller \"min_elements\" in the recipe if small layers are to be quantized"};
  }
  const quantize::Effect& best = *std::ranges::max_element(effects, {}, &quantize::Effect::snr);
  return {.code = Code::kInvalidArgument,
          .what = "no layer can be quantized within the goal: the best is " + best.layer + " in " + best.form + ", with " +
                  decibels_text(std::pow(10, -best.snr / 10)),
          .remedy = "Take a lower target_snr or a smaller max_size, or other forms"};
}

}  // namespace

Result<Found> find_recipe(const Subject& subject, const Recipe& recipe, const std::vector<calibrate::Data>& data, const Quantize& quantize,
                          const ProgressSink& progress) {
  const quantize::Goal& goal = *recipe.goal;
  KELT_ASSIGN_OR_RETURN(const Trials trials, Trials::run(subject.runtime, subject.floats, data));
  std::vector<Group> groups = groups_of(subject.model, recipe);
  Found found{.recipe = {}, .known = {}, .effects = {}, .notes = trials.notes()};
  KELT_ASSIGN_OR_RETURN(found.known, calibrated(subject, recipe, groups, trials, progress));
  Workshop workshop(subject, recipe, trials, quantize);
  if (found.known) workshop.set_statistics(&found.known->statistics);
  Search search(recipe, trials, workshop, std::move(groups));
  const double most = goal.snr ? std::pow(10, -*goal.snr / 10) : kNever;
  KELT_RETURN_IF_ERROR(search.measure(most, progress));
  const auto bytes_of_floats = static_cast<double>(subject.bytes);
  const double size = goal.bytes ? *goal.bytes : goal.share.value_or(0) * bytes_of_floats;
  KELT_ASSIGN_OR_RETURN(const Tried tried, goal.snr ? search.within_noise(most) : search.within_bytes(size, bytes_of_floats));
  found.effects = search.effects();
  if (!search.is_changed(tried)) return nothing_found(found.effects);
  found.recipe = search.recipe(tried);
  found.noise = tried.noise;
  found.bytes = static_cast<uint64_t>(tried.bytes);
  found.notes.push_back(summary(search, tried, trials, found.effects.size()));
  return found;
}

}  // namespace kelt::search
