#include "verify/side_by_side.h"

#include <algorithm>
#include <cmath>

#include "observe/parts.h"
#include "quantize/form_of.h"
#include "quantize/kernels.h"
#include "quantize/layers.h"
#include "statistics/statistics.h"
#include "verify/corrected.h"
#include "verify/cure.h"
#include "verify/distributions.h"
#include "verify/limits.h"
#include "verify/port_values.h"

namespace kelt::verify {
namespace {

using litert::TensorId;
using quantize::Form;
using quantize::Kind;
using runtime::Output;

const litert::Subgraph& graph_of(const observe::File& file, const litert::Signature& signature) {
  return file.model.subgraphs[static_cast<size_t>(signature.subgraph)];
}

bool is_signature_input(const litert::Subgraph& graph, TensorId id) { return std::ranges::find(graph.inputs, id) != graph.inputs.end(); }

// Whether a result is zero throughout tells nothing of the layer.
bool proves(const Noise& noise) { return noise.signal > 0 || noise.broken > 0; }

std::span<const std::byte> bytes_of(const Output& value) { return {value.bytes.data(), value.bytes.size()}; }

std::string named(const QuantizedLayer& layer) { return layer.layer + " (" + layer.op + ", " + name_of(layer.form) + ")"; }

}  // namespace

SideBySide::SideBySide(const runtime::Runtime& runtime, const observe::File& floats, const observe::File& quantized,
                       const litert::Signature& of_floats, const litert::Signature& of_quantized, const QuantizedOptions& options,
                       QuantizedComparison& to)
    : runtime_(runtime),
      floats_(floats),
      quantized_(quantized),
      of_floats_(of_floats),
      of_quantized_(of_quantized),
      options_(options),
      to_(to),
      before_(graph_of(floats, of_floats)),
      after_(graph_of(quantized, of_quantized)),
      twins_(before_, after_) {}

Result<void> SideBySide::run(const calibrate::Samples& samples) {
  KELT_RETURN_IF_ERROR(take(samples));
  KELT_RETURN_IF_ERROR(find_outputs());
  keep_inputs();
  KELT_RETURN_IF_ERROR(run_floats());
  KELT_RETURN_IF_ERROR(run_quantized());
  if (options_.layers) KELT_RETURN_IF_ERROR(compare_layers());
  judge_outputs();
  return {};
}

Result<void> SideBySide::compare_layers() {
  KELT_RETURN_IF_ERROR(check_constants());
  const size_t first = to_.layers.size();
  const Segments segments = segments_of(after_, twins_);
  for (const Segment& segment : segments.of) {
    if (options_.progress) options_.progress("compare", to_.layers.size() - first, segments.of.size());
    KELT_RETURN_IF_ERROR(run_alone(segment));
  }
  KELT_RETURN_IF_ERROR(add_distributions());
  if (segments.left_out != 0) {
    to_.notes.push_back(std::to_string(segments.left_out) +
                        " operators stand for none of the float file's, or can't run alone: only the outputs tell of them");
  }
  return {};
}

// Of the layers that cost most: their constants, and their results in the whole file.
Result<void> SideBySide::add_distributions() {
  std::map<TensorId, statistics::TensorStatistics> got, wanted;
  std::vector<observe::Place> places;
  for (const size_t index : costliest(to_)) {
    const QuantizedLayer& layer = to_.layers[index];
    if (layer.place.subgraph != of_floats_.subgraph) continue;
    KELT_ASSIGN_OR_RETURN(const auto constants, distributions_of_constants(before_, after_, twins_, layer.constants));
    to_.distributions.insert(to_.distributions.end(), constants.begin(), constants.end());
    for (const observe::Place& place : observe::observable_tensors(quantized_.model, of_quantized_)) {
      const bool is_result = twins_.activation(place.tensor) == layer.place.tensor;
      if (is_result && wanted.try_emplace(layer.place.tensor).second) places.push_back(place);
    }
  }
  const auto count = [&](size_t sample, const observe::Place& place, const Output& value) -> Result<bool> {
    const TensorId twin = *twins_.activation(place.tensor);
    const auto floats = as_floats(bytes_of(value), after_.tensor(place.tensor));
    if (const Value* before = value_of(twin, sample); before != nullptr) statistics::add(wanted[twin], before->floats);
    if (floats) statistics::add(got[twin], *floats);
    return true;
  };
  KELT_RETURN_IF_ERROR(observe_quantized(places, 0, layer_samples(), count));
  for (const auto& [twin, before] : wanted) {
    to_.distributions.push_back({.tensor = before_.tensor(twin).name, .before = before.histogram, .after = got[twin].histogram});
  }
  return {};
}

Result<void> SideBySide::observe_quantized(std::span<const observe::Place> places, size_t begin, size_t end,
                                           const observe::Observer& observer) const {
  return observe_file(quantized_, of_quantized_, places, std::span(converted_).subspan(begin, end - begin), observer);
}

// Tensors that the runtime can't give are not handed out.
Result<void> SideBySide::observe_file(const observe::File& file, const litert::Signature& signature, std::span<const observe::Place> places,
                                      std::span<const OwnedSample> samples, const observe::Observer& observer) const {
  std::vector<std::vector<runtime::Input>> inputs;
  for (const OwnedSample& sample : samples) inputs.push_back(inputs_of(sample));
  const std::vector<observe::Sample> views(inputs.begin(), inputs.end());
  return observe::observe_within(options_.most_bytes, runtime_, file, signature, places, views, observer, {.threads = options_.threads});
}

Result<void> SideBySide::take(const calibrate::Samples& samples) {
  KELT_ASSIGN_OR_RETURN(Taken taken, take_samples(floats_.model, of_floats_, samples, options_.samples));
  samples_ = std::move(taken.samples);
  if (!taken.all) to_.notes.push_back("the first " + std::to_string(samples_.size()) + " samples were compared");
  for (const OwnedSample& sample : samples_) {
    KELT_ASSIGN_OR_RETURN(OwnedSample converted, as_taken_by(after_.subgraph(), of_quantized_, sample));
    converted_.push_back(std::move(converted));
  }
  to_.samples += samples_.size();
  return {};
}

const SideBySide::Value* SideBySide::value_of(TensorId floats, size_t sample) const {
  const auto known = values_.find(floats);
  return known == values_.end() || known->second.size() <= sample ? nullptr : &known->second[sample];
}

void SideBySide::keep_inputs() {
  for (const OwnedSample& sample : samples_) {
    for (const OwnedInput& input : sample) {
      if (input.dtype != DType::kFloat32) continue;
      const auto port = std::ranges::find(of_floats_.inputs, input.name, &litert::SignaturePort::name);
      values_[port->tensor].push_back({input.shape, *as_floats(input.bytes, before_.tensor(port->tensor))});
    }
  }
}

Result<void> SideBySide::find_outputs() {
  for (const litert::SignaturePort& port : of_floats_.outputs) {
    const auto twin = std::ranges::find(of_quantized_.outputs, port.name, &litert::SignaturePort::name);
    if (twin == of_quantized_.outputs.end()) {
      return Error{.code = Code::kMismatch,
                   .what = "the quantized file has no output '" + port.name + "'",
                   .remedy = "Compare it with the float file that it was made of"};
    }
    if (!before_.is_activation(port.tensor) || is_signature_input(before_.subgraph(), port.tensor)) {
      to_.notes.push_back("the output '" + port.name + "' is not compared: it holds no floats that are computed");
      continue;
    }
    to_.outputs.push_back({.signature = of_floats_.key, .name = port.name});
    outputs_.push_back({port.tensor, twin->tensor, to_.outputs.size() - 1});
  }
  return {};
}

Result<void> SideBySide::run_floats() {
  std::set<TensorId> wanted, results;
  for (const OutputTwin& output : outputs_) results.insert(output.floats);
  if (options_.layers) {
    for (TensorId id = 0; id < static_cast<TensorId>(after_.subgraph().tensors.size()); ++id) {
      if (const auto twin = twins_.activation(id)) wanted.insert(*twin);
    }
  }
  wanted.insert(results.begin(), results.end());
  const auto run = [&](const std::set<TensorId>& ids, size_t begin, size_t end) -> Result<void> {
    std::vector<observe::Place> places;
    for (const observe::Place& place : observe::observable_tensors(floats_.model, of_floats_)) {
      if (ids.contains(place.tensor)) places.push_back(place);
    }
    const auto keep = [&](size_t, const observe::Place& place, const Output& value) -> Result<bool> {
      values_[place.tensor].push_back({value.shape, *as_floats(bytes_of(value), before_.tensor(place.tensor))});
      return true;
    };
    return observe_file(floats_, of_floats_, places, std::span(samples_).subspan(begin, end - begin), keep);
  };
  const size_t layers = layer_samples();
  to_.layer_samples = std::max<uint64_t>(to_.layer_samples, layers);
  KELT_RETURN_IF_ERROR(run(wanted, 0, layers));
  if (layers == samples_.size()) return {};
  return run(results, layers, samples_.size());
}

Result<void> SideBySide::run_quantized() {
  const size_t layers = layer_samples();
  const auto run = [&](bool all, size_t begin, size_t end) -> Result<void> {
    std::vector<observe::Place> places;
    for (const observe::Place& place : observe::observable_tensors(quantized_.model, of_quantized_)) {
      const bool is_output = std::ranges::find(outputs_, place.tensor, &OutputTwin::quantized) != outputs_.end();
      if (is_output || (all && options_.layers && twins_.activation(place.tensor))) places.push_back(place);
    }
    const auto compare = [&](size_t sample, const observe::Place& place, const Output& value) -> Result<bool> {
      const auto got = as_floats(bytes_of(value), after_.tensor(place.tensor));
      const auto beside = [&](TensorId floats, Noise& noise) {
        if (const Value* wanted = value_of(floats, begin + sample); wanted != nullptr && got) add(noise, wanted->floats, *got);
      };
      for (const OutputTwin& output : outputs_) {
        if (output.quantized == place.tensor) beside(output.floats, to_.outputs[output.index].noise);
      }
      if (const auto twin = twins_.activation(place.tensor); twin && all) beside(*twin, through_[*twin]);
      return true;
    };
    return observe_quantized(places, begin, end, compare);
  };
  KELT_RETURN_IF_ERROR(run(true, 0, layers));
  return layers == samples_.size() ? Result<void>() : run(false, layers, samples_.size());
}

// Each is held to what the coarsest form of the file has.
void SideBySide::judge_outputs() {
  Form coarsest;
  double limit = limit_of(coarsest).output;
  bool judged = true;
  for (const litert::Operator& op : after_.subgraph().operators) {
    const Form form = quantize::form_of(after_, op);
    judged = judged && is_judged(form);
    if (limit_of(form).output >= limit) continue;
    coarsest = form;
    limit = limit_of(form).output;
  }
  to_.coarsest = name_of(coarsest);
  if (!judged) {
    to_.notes.emplace_back("ranges of integer activations are those of other samples: only constants and layers on floats are judged");
  }
  for (const OutputTwin& twin : outputs_) {
    QuantizedOutput& output = to_.outputs[twin.index];
    output.limit = limit;
    const double snr = snr_of(output.noise);
    const bool silent = output.noise.values + output.noise.broken == 0 || (output.noise.signal <= 0 && output.noise.noise <= 0);
    if (silent) {
      to_.notes.push_back("the output '" + output.name + "' is 0 throughout, which proves nothing: give other samples");
    } else if (output.noise.broken > 0) {
      to_.faults.push_back("the output '" + output.name + "' is NaN or infinite, or has another shape, where the float file's is not so");
    } else if (judged && snr < limit) {
      to_.faults.push_back("the output '" + output.name + "' has an SNR of " + decibels(snr) + "; " + to_.coarsest + " has at least " +
                           decibels(limit));
    }
  }
}

// Of the layers' samples; empty where not all of them are known.
std::optional<double> SideBySide::largest_of(TensorId floats) const {
  double largest = 0;
  for (size_t sample = 0; sample < layer_samples(); ++sample) {
    const Value* value = value_of(floats, sample);
    if (value == nullptr) return std::nullopt;
    for (const float one : value->floats) largest = std::max(largest, std::abs(static_cast<double>(one)));
  }
  return largest;
}

void SideBySide::add_constant(Constant constant) {
  if (!constant.why.empty()) to_.faults.push_back("the constant " + constant.name + " is not the float file's: " + constant.why);
  constants_[constant.tensor] = to_.constants.size();
  to_.constants.push_back(std::move(constant));
}

// Those, which no nearest value is asked of.
Result<std::set<TensorId>> SideBySide::check_corrected_biases() {
  std::set<TensorId> corrected;
  for (const litert::Operator& op : after_.subgraph().operators) {
    if (!has_corrected_bias(after_, op)) continue;
    const quantize::Kernel& kernel = *quantize::kernel_of(op.code);
    corrected.insert(quantize::stored_behind(after_, op.inputs[kernel.bias]));
    const auto input = twins_.activation(op.inputs[kernel.input]);
    const std::optional<double> largest = input ? largest_of(*input) : std::nullopt;
    if (!largest) continue;  // the layer alone is judged all the same
    KELT_ASSIGN_OR_RETURN(std::optional<Constant> checked, check_corrected_bias(before_, after_, twins_, op, *largest));
    if (checked) add_constant(*std::move(checked));
  }
  return corrected;
}

Result<void> SideBySide::check_constants() {
  std::set<TensorId> read;
  for (const litert::Operator& op : after_.subgraph().operators) read.insert(op.inputs.begin(), op.inputs.end());
  KELT_ASSIGN_OR_RETURN(const std::set<TensorId> corrected, check_corrected_biases());
  size_t strangers = 0;
  for (const TensorId id : read) {
    if (id < 0 || !after_.is_constant(id) || corrected.contains(id)) continue;
    const auto twin = twins_.constant(id);
    const litert::Tensor& tensor = after_.tensor(id);
    const bool weights = !tensor.quantization.scale.empty() || tensor.quantization.details.type != tflite::QuantizationDetails::NONE;
    if (!twin) {
      strangers += weights ? 1 : 0;
      continue;
    }
    const std::optional<Array> floats = before_.floats(*twin);
    if (!floats) continue;
    KELT_ASSIGN_OR_RETURN(std::optional<Constant> checked, check_constant(after_, id, *floats));
    if (!checked) continue;
    add_constant(*std::move(checked));
  }
  if (strangers != 0) {
    to_.notes.push_back(std::to_string(strangers) +
                        " quantized constants have names that the float file does not know: they aren't compared");
  }
  return {};
}

std::optional<std::vector<runtime::Input>> SideBySide::inputs_for(const Segment& segment, size_t sample,
                                                                  std::vector<std::vector<std::byte>>& held) const {
  std::vector<runtime::Input> inputs;
  held.resize(segment.inputs.size());
  for (size_t i = 0; i < segment.inputs.size(); ++i) {
    const TensorId id = segment.inputs[i];
    const std::string& name = segment.model.signatures[0].inputs[i].name;
    const auto twin = twins_.activation(id);
    if (!twin) {  // an input of the file that holds no floats
      const auto port = std::ranges::find(of_quantized_.inputs, id, &litert::SignaturePort::tensor);
      if (port == of_quantized_.inputs.end()) return std::nullopt;
      const auto given = std::ranges::find(converted_[sample], port->name, &OwnedInput::name);
      inputs.push_back({name, given->dtype, given->shape, given->bytes});
      continue;
    }
    const Value* value = value_of(*twin, sample);
    if (value == nullptr) return std::nullopt;
    held[i] = as_held(value->floats, after_.tensor(id));
    inputs.push_back({name, *litert::to_dtype(after_.tensor(id).type), value->shape, held[i]});
  }
  return inputs;
}

Result<void> SideBySide::run_alone(const Segment& segment) {
  const TensorId twin = *twins_.activation(segment.outputs[0]);
  QuantizedLayer layer{.form = segment.form, .place = {of_floats_.subgraph, twin}};
  describe(segment, layer);
  const observe::File alone{.bytes = quantized_.bytes, .model = segment.model};
  Result<runtime::CompiledModel> compiled = observe::open(runtime_, alone, {.signature = kSegment}, {.threads = options_.threads});
  if (!compiled.ok() && compiled.error().code != Code::kRuntime) return compiled.error();
  if (compiled.ok()) {
    Noise noise;
    for (size_t sample = 0; sample < layer_samples(); ++sample) {
      KELT_RETURN_IF_ERROR(compare_segment(segment, *compiled, sample, noise));
    }
    if (noise.values + noise.broken > 0) layer.alone = noise;
  }
  if (layer.alone && is_judged(layer.form) && proves(*layer.alone) && (layer.alone->broken > 0 || snr_of(*layer.alone) < layer.limit)) {
    to_.faults.push_back("the layer " + named(layer) + " alone has an SNR of " + decibels(snr_of(*layer.alone)) +
                         " on the float file's values; its form has at least " + decibels(layer.limit));
  }
  to_.layers.push_back(std::move(layer));
  return {};
}

Result<void> SideBySide::compare_segment(const Segment& segment, runtime::CompiledModel& compiled, size_t sample, Noise& noise) {
  std::vector<std::vector<std::byte>> held;
  const auto inputs = inputs_for(segment, sample, held);
  if (!inputs) return {};
  const Result<std::vector<Output>> outputs = compiled.run(kSegment, *inputs);
  if (!outputs.ok()) return outputs.error().code == Code::kRuntime ? Result<void>() : outputs.error();
  for (const Output& output : *outputs) {
    const TensorId id = segment.outputs[static_cast<size_t>(std::stoul(output.name))];
    const auto got = as_floats(bytes_of(output), after_.tensor(id));
    if (const Value* wanted = value_of(*twins_.activation(id), sample); wanted != nullptr && got) add(noise, wanted->floats, *got);
  }
  return {};
}

void SideBySide::describe(const Segment& segment, QuantizedLayer& layer) const {
  layer.limit = limit_of(segment.form).layer;
  layer.constants = segment.constants;
  const litert::Operator* op = before_.producer(layer.place.tensor);
  const litert::Tensor* weights = nullptr;
  for (const TensorId id : segment.constants) {
    const auto found = constants_.find(id);
    if (found == constants_.end()) continue;
    const Constant& constant = to_.constants[found->second];
    layer.bytes_before += constant.bytes_before;
    layer.bytes_after += constant.bytes_after;
    if (constant.bits > 16) continue;
    weights = &after_.tensor(id);
    if (!layer.weights) layer.weights.emplace();
    add(*layer.weights, constant.noise);
  }
  if (op != nullptr) {
    layer.layer = quantize::layer_of(before_.subgraph(), *op);
    layer.op = quantize::name_of(*op);
    layer.cure = cure_of(segment.form, *op, weights);
  }
  if (const auto through = through_.find(layer.place.tensor); through != through_.end()) layer.through = through->second;
}

}  // namespace kelt::verify
