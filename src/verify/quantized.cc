#include "verify/quantized.h"

#include <algorithm>
#include <map>

#include "calibrate/runner.h"
#include "quantize/form_of.h"
#include "quantize/validate.h"
#include "verify/random_samples.h"
#include "verify/side_by_side.h"

namespace kelt::verify {
namespace {

// Rules that a kernel breaks at: those of the float file are not the quantization's.
void check_rules(const litert::Model& floats, const litert::Model& quantized, QuantizedComparison& to) {
  const std::vector<quantize::Fault> faults = quantize::faults_of(quantized, quantize::Values::kLeave);
  if (faults.size() <= quantize::faults_of(floats, quantize::Values::kLeave).size()) return;
  for (const quantize::Fault& fault : faults) to.faults.push_back("it breaks a rule of quantized files: " + in_words(fault, quantized));
}

// How many operators have each form.
std::map<std::string, size_t> forms_of(const litert::Model& model) {
  std::map<std::string, size_t> forms;
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    const quantize::Graph graph(subgraph);
    for (const litert::Operator& op : subgraph.operators) {
      const quantize::Form form = quantize::form_of(graph, op);
      if (form.kind != quantize::Kind::kFloat) ++forms[name_of(form)];
    }
  }
  return forms;
}

void note_what_is_inside(const litert::Model& quantized, QuantizedComparison& to) {
  std::vector<bool> of_signature(quantized.subgraphs.size(), false);
  for (const litert::Signature& signature : quantized.signatures) of_signature[static_cast<size_t>(signature.subgraph)] = true;
  size_t inside = 0;
  for (size_t i = 0; i < quantized.subgraphs.size(); ++i) {
    if (of_signature[i]) continue;
    const quantize::Graph graph(quantized.subgraphs[i]);
    inside += static_cast<size_t>(std::ranges::count_if(quantized.subgraphs[i].operators, [&](const litert::Operator& op) {
      return quantize::form_of(graph, op).kind != quantize::Kind::kFloat;
    }));
  }
  if (inside == 0) return;
  to.notes.push_back(std::to_string(inside) + " quantized operators stand in loops and branches: only the outputs tell of them");
}

}  // namespace

Result<QuantizedComparison> compare_quantized(const runtime::Runtime& runtime, const observe::File& floats, const observe::File& quantized,
                                              std::span<const calibrate::Data> data, const QuantizedOptions& options) {
  if (data.empty()) {
    const std::vector<calibrate::Data> random = random_samples(floats.model, quantized.model);
    QuantizedOptions judged = options;
    judged.representative = false;
    Result<QuantizedComparison> comparison = compare_quantized(runtime, floats, quantized, random, judged);
    if (comparison.ok()) comparison->notes.insert(comparison->notes.begin(), "the samples were random, which says little of real ones");
    return comparison;
  }
  QuantizedComparison comparison;
  check_rules(floats.model, quantized.model, comparison);
  for (const calibrate::Data& one : data) {
    KELT_ASSIGN_OR_RETURN(const litert::Signature* const of_floats, calibrate::find_signature(floats.model, one.signature));
    const auto twin = std::ranges::find(quantized.model.signatures, of_floats->key, &litert::Signature::key);
    if (twin == quantized.model.signatures.end()) {
      return Error{.code = Code::kMismatch,
                   .what = "the quantized file has no signature '" + of_floats->key + "'",
                   .remedy = "Compare it with the float file that it was made of"};
    }
    SideBySide both(runtime, floats, quantized, *of_floats, *twin, options, comparison);
    KELT_RETURN_IF_ERROR(both.run(one.next));
  }
  note_what_is_inside(quantized.model, comparison);
  return comparison;
}

bool is_quantized_from(const litert::Model& floats, const litert::Model& quantized) { return forms_of(floats) != forms_of(quantized); }

bool has_quantized_operators(const litert::Model& model) { return !forms_of(model).empty(); }

std::vector<size_t> costliest(const QuantizedComparison& comparison, size_t count) {
  std::vector<size_t> order;
  for (size_t i = 0; i < comparison.layers.size(); ++i) {
    const QuantizedLayer& layer = comparison.layers[i];
    if (layer.form.kind != quantize::Kind::kFloat && layer.alone && layer.alone->signal > 0) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return snr_of(*comparison.layers[i].alone); });
  order.resize(std::min(order.size(), count));
  return order;
}

}  // namespace kelt::verify
