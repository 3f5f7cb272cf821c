#include "search/effects.h"

#include <algorithm>
#include <set>

#include "quantize/plan.h"
#include "write/layout.h"

namespace kelt::search {
namespace {

using quantize::Form;
using quantize::Kind;

// Each layer is tried on at most so many samples: more where the file is small.
constexpr uint64_t kBytesOfRuns = uint64_t{128} << 20;
constexpr uint64_t kFewestSamples = 4;

int bits_of(const Form& form) {
  if (form.kind == Kind::kFloat) return 32;
  return form.kind == Kind::kHalf ? 16 : form.bits;
}

// The most precise first.
bool is_before(const Form& a, const Form& b) {
  const auto rank = [](const Form& form) { return std::tuple(-bits_of(form), form.kind != Kind::kWeights, form.block == 0, form.block); };
  return rank(a) < rank(b);
}

// Of constants, each once, with their scales.
double stored_bytes(const litert::Model& model) {
  std::set<std::string> seen;
  double bytes = 0;
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (const litert::Tensor& tensor : subgraph.tensors) {
      bytes +=
          static_cast<double>(tensor.quantization.scale.size() * sizeof(float) + tensor.quantization.zero_point.size() * sizeof(int64_t));
      if (!tensor.constant || !seen.insert(tensor.constant->source->identity()).second) continue;
      bytes += static_cast<double>(tensor.constant->bytes());
    }
  }
  return bytes;
}

}  // namespace

Result<litert::Model> Workshop::made(const quantize::Recipe& recipe) const {
  litert::Model model = subject_->floats.model;
  for (size_t index = 0; index < model.subgraphs.size(); ++index) {  // a file has no paths
    std::vector<litert::Operator>& operators = model.subgraphs[index].operators;
    for (size_t op = 0; op < operators.size(); ++op) operators[op].path = subject_->model.subgraphs[index].operators[op].path;
  }
  KELT_RETURN_IF_ERROR((*quantize_)(model, recipe, statistics_));
  return model;
}

Result<uint64_t> Workshop::file_bytes(const quantize::Recipe& recipe) const {
  litert::Model model = subject_->model;
  KELT_RETURN_IF_ERROR((*quantize_)(model, recipe, statistics_));
  KELT_ASSIGN_OR_RETURN(const write::Layout layout, write::lay_out(model, size_t{1} << 20));
  return layout.file_bytes;
}

// Of each group, the forms of the goal in which its operators differ.
Result<std::vector<std::vector<Form>>> Workshop::forms_of(const std::vector<Group>& groups) const {
  std::vector<Form> asked = given_->goal->forms;
  std::ranges::stable_sort(asked, is_before);
  std::vector<std::vector<Form>> forms(groups.size());
  std::vector<std::set<std::string>> seen(groups.size());
  for (const Form& form : asked) {
    const std::vector<Form> everywhere(groups.size(), form);
    KELT_ASSIGN_OR_RETURN(const quantize::Plan plan,
                          quantize::make_plan(subject_->model, recipe_of(*given_, groups, everywhere), statistics_));
    for (size_t group = 0; group < groups.size(); ++group) {
      std::string given;  // the forms of its operators
      for (const auto& [subgraph, op] : groups[group].operators) given += quantize::name_of(plan.of[subgraph][op].form) + " ";
      if (seen[group].insert(given).second) forms[group].push_back(form);
    }
  }
  return forms;
}

Result<std::vector<std::vector<Candidate>>> Workshop::effects(const std::vector<Group>& groups, double most,
                                                              const ProgressSink& progress) const {
  KELT_ASSIGN_OR_RETURN(const std::vector<std::vector<Form>> forms, forms_of(groups));
  size_t total = 0, done = 0;
  for (const std::vector<Form>& each : forms) total += each.size();
  const size_t samples = std::min<size_t>(trials_->samples(), std::max(kFewestSamples, kBytesOfRuns / (subject_->bytes + 1)));
  std::vector<Form> chosen(groups.size());
  KELT_ASSIGN_OR_RETURN(const litert::Model floats, made(recipe_of(*given_, groups, chosen)));  // where the given rules may quantize
  const double bytes = stored_bytes(floats);
  std::vector<std::vector<Candidate>> found(groups.size());
  for (size_t group = 0; group < groups.size(); ++group) {
    int too_few = 0;  // bits
    for (const Form& form : forms[group]) {
      if (progress) progress("search", done++, total);
      if (bits_of(form) < too_few) continue;
      Candidate candidate{.form = form};
      chosen[group] = form;
      if (form.kind != Kind::kFloat) {
        KELT_ASSIGN_OR_RETURN(const litert::Model model, made(recipe_of(*given_, groups, chosen)));
        KELT_ASSIGN_OR_RETURN(candidate.noise, trials_->noise(model, samples));
        candidate.bytes = stored_bytes(model) - bytes;
      }
      if (candidate.noise > most) too_few = std::max(too_few, bits_of(form));
      found[group].push_back(candidate);
    }
    chosen[group] = {};
  }
  return found;
}

}  // namespace kelt::search
