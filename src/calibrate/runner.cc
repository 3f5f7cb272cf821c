#include "calibrate/runner.h"

#include <algorithm>
#include <map>

#include "calibrate/sample_file.h"

namespace kelt::calibrate {
namespace {

using observe::Group;
using runtime::Input;

const litert::Tensor& tensor_at(const litert::Model& model, const Place& place) {
  return model.subgraphs[static_cast<size_t>(place.subgraph)].tensors[static_cast<size_t>(place.tensor)];
}

// What unknown dims are likely to be: the largest of those that the inputs have where they are unknown.
struct UnknownDims {
  int64_t first = 1;
  int64_t later = 1;
};

UnknownDims unknown_dims(const litert::Model& model, const litert::Signature& signature, std::span<const Input> sample) {
  UnknownDims unknown;
  for (const litert::SignaturePort& port : signature.inputs) {
    const Dims& dims = tensor_at(model, {signature.subgraph, port.tensor}).dims;
    const auto input = std::ranges::find(sample, port.name, &Input::name);
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      if (dims[axis].value()) continue;
      int64_t& most = axis == 0 ? unknown.first : unknown.later;
      most = std::max(most, input->shape[axis]);
    }
  }
  return unknown;
}

// Bytes of a value.
size_t size_of(const litert::Tensor& tensor, const UnknownDims& unknown) {
  size_t count = 1;
  for (size_t axis = 0; axis < tensor.dims.size(); ++axis) {
    const int64_t guess = axis == 0 ? unknown.first : unknown.later;
    count *= static_cast<size_t>(std::max<int64_t>(tensor.dims[axis].value().value_or(guess), 1));
  }
  return count * sizeof(float);
}

std::span<const float> floats_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

std::vector<Shape> shapes_of(const Fitted& sample) {
  std::vector<Shape> shapes;
  for (const Input& input : sample.inputs) shapes.push_back(input.shape);
  return shapes;
}

// What the runtime says of a sample with which the file as it is does not run.
Error bad_sample(const Error& error, size_t sample) {
  if (error.code != Code::kRuntime || !error.remedy.empty()) return error;  // a remedy is of the file
  Error said{.code = Code::kBadData,
             .what = "sample " + std::to_string(sample) + " can't be run",
             .remedy = "Its inputs must have sizes that fit together, and indices must be in range"};
  said.notes.push_back(error.what);
  said.notes.insert(said.notes.end(), error.notes.begin(), error.notes.end());
  return said;
}

}  // namespace

Result<const litert::Signature*> find_signature(const litert::Model& model, const std::string& key) {
  std::string known;
  for (const litert::Signature& signature : model.signatures) {
    if (signature.key == key || (key.empty() && (model.signatures.size() == 1 || signature.key == "serving_default"))) return &signature;
    known += (known.empty() ? "" : ", ") + signature.key;
  }
  if (known.empty()) {
    return Error{.code = Code::kNotFound,
                 .what = "the file has no signature, by whose names samples are given",
                 .remedy = "Convert the model again with signatures, which all converters write by now"};
  }
  return Error{.code = Code::kNotFound,
               .what = key.empty() ? "the file has several signatures" : "the file has no signature '" + key + "'",
               .remedy = "Name one of: " + known};
}

Result<void> Runner::begin(Samples samples) {
  samples_ = std::move(samples);
  KELT_ASSIGN_OR_RETURN(first_, take());
  if (first_) return {};
  return Error{.code = Code::kBadData,
               .what = "there is no sample for the signature '" + signature_.key + "'",
               .remedy = "Give at least one; a generator can be used only once, a function that makes one again"};
}

Result<std::vector<observe::Unreadable>> Runner::run(const observe::File& file, std::span<const Place> places) {
  KELT_ASSIGN_OR_RETURN(const std::vector<Group> groups, group(file.model, places));
  if (groups.empty()) {
    KELT_RETURN_IF_ERROR(drain());
    return std::vector<observe::Unreadable>();
  }
  if (groups.size() == 1) {
    KELT_ASSIGN_OR_RETURN(const bool ran, run_at_once(file, groups[0]));
    if (ran) return std::vector<observe::Unreadable>();
    const Result<void> alone = try_copy(file_, {.signature = signature_.key});
    if (!alone.ok()) return bad_sample(alone.error(), 0);
  }
  return run_in_parts(file, groups);
}

// The next sample as it was given.
Result<std::optional<std::vector<Input>>> Runner::take_given() {
  while (true) {
    if (split_) {
      if (auto sample = split_->next()) return sample;
      split_.reset();
    }
    KELT_ASSIGN_OR_RETURN(std::optional<Given> given, samples_());
    if (!given) return std::optional<std::vector<Input>>();
    if (!given->several) return std::optional(std::move(given->inputs));
    KELT_ASSIGN_OR_RETURN(split_, Split::of(file_.model, signature_, given->inputs));
  }
}

// The next sample as the signature takes it.
Result<std::optional<Fitted>> Runner::take() {
  KELT_ASSIGN_OR_RETURN(const auto given, take_given());
  if (!given) return std::optional<Fitted>();
  KELT_ASSIGN_OR_RETURN(Fitted fitted, fit_sample(file_.model, signature_, *given, taken_));
  for (const Repeated& input : fitted.repeated) note_repeated(input);
  ++taken_;
  if (sinks_.sample) sinks_.sample(fitted);
  return std::optional(std::move(fitted));
}

void Runner::note_repeated(const Repeated& input) {
  if (!noted_.insert(input.name).second) return;
  const bool one = input.times == 1;
  notes_.push_back("input '" + input.name + "' of signature '" + signature_.key + "' was given without the file's batch: a sample is " +
                   (one ? "taken as a batch of 1" : "repeated to a batch of " + std::to_string(input.times)));
}

Result<void> Runner::drain() {
  while (true) {
    KELT_ASSIGN_OR_RETURN(const std::optional<Fitted> sample, take());
    if (!sample) return {};
  }
}

// As many tensors to a group as fit into the memory.
Result<std::vector<Group>> Runner::group(const litert::Model& model, std::span<const Place> places) const {
  const UnknownDims unknown = unknown_dims(model, signature_, first_->inputs);
  std::vector<Group> groups;
  std::vector<Place> part;
  size_t bytes = 0;
  const auto close = [&]() -> Result<void> {
    KELT_ASSIGN_OR_RETURN(const std::vector<Group> one, observe::group_tensors(model, signature_, part, part.size()));
    groups.insert(groups.end(), one.begin(), one.end());
    part.clear();
    bytes = 0;
    return {};
  };
  for (const Place& place : places) {
    const size_t size = size_of(tensor_at(model, place), unknown);
    if (!part.empty() && bytes + size > limits_.memory) KELT_RETURN_IF_ERROR(close());
    part.push_back(place);
    bytes += size;
  }
  if (!part.empty()) KELT_RETURN_IF_ERROR(close());
  return groups;
}

// False if the runtime does not take the first sample, or the file with the group's tensors as outputs.
Result<bool> Runner::run_at_once(const observe::File& file, const Group& group) {
  Result<runtime::CompiledModel> compiled = observe::open(runtime_, file, group, {.threads = limits_.threads});
  if (!compiled.ok()) return compiled.error().code == Code::kRuntime ? Result<bool>(false) : compiled.error();
  Result<std::vector<runtime::Output>> outputs = compiled->run(signature_.key, first_->inputs);
  if (!outputs.ok()) return outputs.error().code == Code::kRuntime ? Result<bool>(false) : outputs.error();
  hand_out(group, *outputs);
  std::vector<Shape> shapes = shapes_of(*first_);
  first_.reset();
  bool in_place = true;
  while (true) {
    KELT_ASSIGN_OR_RETURN(const std::optional<Fitted> sample, take());
    if (!sample) break;
    const bool same = shapes == shapes_of(*sample);
    shapes = shapes_of(*sample);
    const Result<void> ran = run_again(*compiled, *sample, same, in_place, *outputs);
    if (!ran.ok()) return bad_sample(ran.error(), taken_ - 1);
    hand_out(group, *outputs);
  }
  KELT_RETURN_IF_ERROR(group_done(group));
  return true;
}

// Into the same memory, if the inputs have the same shapes. Where a shape follows from values, that is once tried in vain.
Result<void> Runner::run_again(runtime::CompiledModel& compiled, const Fitted& sample, bool same, bool& in_place,
                               std::vector<runtime::Output>& outputs) const {
  if (same && in_place) {
    std::vector<runtime::Target> targets;
    for (runtime::Output& output : outputs) targets.push_back({output.name, output.dtype, {output.bytes.data(), output.bytes.size()}});
    auto ran = compiled.run(signature_.key, sample.inputs, targets);
    if (ran.ok()) return {};
    if (ran.error().code != Code::kInvalidArgument) return ran.error();
    in_place = false;
  }
  KELT_ASSIGN_OR_RETURN(outputs, compiled.run(signature_.key, sample.inputs));
  return {};
}

void Runner::hand_out(const Group& group, const std::vector<runtime::Output>& outputs) const {
  std::map<std::string_view, const runtime::Output*> by_name;
  for (const runtime::Output& output : outputs) by_name[output.name] = &output;
  for (const observe::Reading& reading : group.readings) sinks_.value(reading.place, floats_of(by_name.at(reading.output)->bytes));
}

Result<void> Runner::group_done(const Group& group) const { return sinks_.group_done ? sinks_.group_done(group) : Result<void>(); }

Result<void> Runner::try_copy(const observe::File& copy, const Group& group) const {
  KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, observe::open(runtime_, copy, group));
  KELT_RETURN_IF_ERROR(compiled.run(signature_.key, first_->inputs));
  return {};
}

// Each group with all samples, which are kept until then.
Result<std::vector<observe::Unreadable>> Runner::run_in_parts(const observe::File& file, std::span<const Group> groups) {
  KELT_ASSIGN_OR_RETURN(SampleFile kept, SampleFile::create());
  while (first_) {
    KELT_RETURN_IF_ERROR(kept.add(first_->inputs));
    KELT_ASSIGN_OR_RETURN(first_, take());
  }
  KELT_ASSIGN_OR_RETURN(const auto inputs, kept.samples());
  const std::vector<observe::Sample> samples(inputs.begin(), inputs.end());
  const auto observer = [&](size_t, const Place& place, const runtime::Output& value) -> Result<bool> {
    sinks_.value(place, floats_of(value.bytes));
    return true;
  };
  std::vector<observe::Unreadable> unreadable;
  for (const Group& group : groups) {
    KELT_ASSIGN_OR_RETURN(const auto of_group,
                          observe::observe(runtime_, file, std::span(&group, 1), samples, observer, {.threads = limits_.threads}));
    unreadable.insert(unreadable.end(), of_group.begin(), of_group.end());
    KELT_RETURN_IF_ERROR(group_done(group));
  }
  return unreadable;
}

}  // namespace kelt::calibrate
