#include "calibrate/calibrate.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "calibrate/inside.h"
#include "calibrate/sample.h"
#include "calibrate/sample_file.h"
#include "calibrate/split.h"
#include "statistics/fingerprint.h"

namespace kelt::calibrate {
namespace {

using observe::Group;
using runtime::Input;

const litert::Tensor& tensor_at(const litert::Model& model, const Place& place) {
  return model.subgraphs[static_cast<size_t>(place.subgraph)].tensors[static_cast<size_t>(place.tensor)];
}

bool is_float32(const litert::Model& model, const Place& place) { return tensor_at(model, place).type == litert::TensorType::FLOAT32; }

Result<const litert::Signature*> find_signature(const litert::Model& model, const std::string& key) {
  std::string known;
  for (const litert::Signature& signature : model.signatures) {
    if (signature.key == key || (key.empty() && (model.signatures.size() == 1 || signature.key == "serving_default"))) return &signature;
    known += (known.empty() ? "" : ", ") + signature.key;
  }
  return Error{.code = Code::kNotFound,
               .what = key.empty() ? "the file has several signatures" : "the file has no signature '" + key + "'",
               .remedy = "Name one of: " + known};
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

// The calibration of one signature.
class Run {
 public:
  Run(const runtime::Runtime& runtime, const observe::File& file, const litert::Signature& signature, const Options& options,
      Calibration& to)
      : runtime_(runtime), file_(file), signature_(signature), options_(options), to_(to) {}

  Result<void> operator()(const Samples& next) {
    choose();
    KELT_ASSIGN_OR_RETURN(std::optional<Fitted> first, take(next));
    if (!first) {
      return Error{.code = Code::kBadData,
                   .what = "there is no sample for the signature '" + signature_.key + "'",
                   .remedy = "Give at least one; a generator can be used only once, a function that makes one again"};
    }
    KELT_RETURN_IF_ERROR(collect(*first));
    KELT_ASSIGN_OR_RETURN(const std::vector<Group> groups, group(unknown_dims(file_.model, signature_, first->inputs)));
    if (groups.empty()) return drain(next);
    if (groups.size() == 1) {
      const Result<bool> ran = run_at_once(groups[0], *first, next);
      if (!ran.ok()) return ran.error();
      if (*ran) return {};
      KELT_RETURN_IF_ERROR(run_alone(file_, {.signature = signature_.key}, *first));
    }
    return run_in_parts(groups, *std::move(first), next);
  }

 private:
  void choose() {
    std::vector<Place> all = calibratable_tensors(file_.model, signature_);
    if (options_.places) {
      const std::set<Place> asked(options_.places->begin(), options_.places->end());
      std::erase_if(all, [&](const Place& place) { return !asked.contains(place); });
    }
    const std::vector<litert::TensorId>& inputs = file_.model.subgraphs[static_cast<size_t>(signature_.subgraph)].inputs;
    for (const Place& place : all) {
      if (place.subgraph != signature_.subgraph) {
        inside_.push_back(place);
      } else {
        (std::ranges::find(inputs, place.tensor) == inputs.end() ? computed_ : inputs_).push_back(place);
      }
    }
  }

  // Goes on with the copy that collects what is inside of loops and branches, if the runtime takes it.
  Result<void> collect(const Fitted& first) {
    if (inside_.empty()) return {};
    Collecting collecting = collect_inside(file_.model, signature_, inside_);
    const observe::File copy{.bytes = file_.bytes, .model = std::move(collecting.model)};
    KELT_ASSIGN_OR_RETURN(const auto groups, observe::group_tensors(copy.model, signature_, std::array{collecting.bounds}));
    const Result<void> ran = run_alone(copy, groups[0], first);
    if (ran.ok()) {
      file_ = copy;
      bounds_ = collecting.bounds;
      computed_.push_back(*bounds_);
    } else if (ran.error().code == Code::kRuntime) {
      for (const Place& place : inside_) to_.unreadable.push_back({.place = place, .why = ran.error().to_string()});
    } else {
      return ran.error();
    }
    return {};
  }

  // The next sample as it was given.
  Result<std::optional<std::vector<Input>>> take_given(const Samples& next) {
    while (true) {
      if (split_) {
        if (auto sample = split_->next()) return sample;
        split_.reset();
      }
      KELT_ASSIGN_OR_RETURN(std::optional<Given> given, next());
      if (!given) return std::optional<std::vector<Input>>();
      if (!given->several) return std::optional(std::move(given->inputs));
      KELT_ASSIGN_OR_RETURN(split_, Split::of(file_.model, signature_, given->inputs));
    }
  }

  // The next sample as the signature takes it.
  Result<std::optional<Fitted>> take(const Samples& next) {
    KELT_ASSIGN_OR_RETURN(const auto given, take_given(next));
    if (!given) return std::optional<Fitted>();
    KELT_ASSIGN_OR_RETURN(Fitted fitted, fit_sample(file_.model, signature_, *given, taken_));
    for (const Repeated& input : fitted.repeated) note_repeated(input);
    for (const Place& place : inputs_) {
      const auto port = std::ranges::find(signature_.inputs, place.tensor, &litert::SignaturePort::tensor);
      const auto input = std::ranges::find(fitted.inputs, port->name, &Input::name);
      add(place, floats_of(input->bytes));
    }
    ++taken_;
    ++to_.statistics.samples;
    if (options_.progress) options_.progress("calibrate", to_.statistics.samples, 0);
    return std::optional(std::move(fitted));
  }

  void note_repeated(const Repeated& input) {
    if (!noted_.insert(input.name).second) return;
    const bool one = input.times == 1;
    to_.notes.push_back("input '" + input.name + "' of signature '" + signature_.key +
                        "' was given without the file's batch: a sample is " +
                        (one ? "taken as a batch of 1" : "repeated to a batch of " + std::to_string(input.times)));
  }

  void add(const Place& place, std::span<const float> values) {
    if (bounds_ == place) return add_collected(to_.statistics, inside_, values);
    statistics::add(to_.statistics.tensors[place], values);
  }

  Result<void> drain(const Samples& next) {
    while (true) {
      KELT_ASSIGN_OR_RETURN(const std::optional<Fitted> sample, take(next));
      if (!sample) return {};
    }
  }

  // As many tensors to a group as fit into the memory.
  [[nodiscard]] Result<std::vector<Group>> group(const UnknownDims& unknown) const {
    std::vector<Group> groups;
    std::vector<Place> part;
    size_t bytes = 0;
    const auto close = [&]() -> Result<void> {
      KELT_ASSIGN_OR_RETURN(const std::vector<Group> one, observe::group_tensors(file_.model, signature_, part, part.size()));
      groups.insert(groups.end(), one.begin(), one.end());
      part.clear();
      bytes = 0;
      return {};
    };
    for (const Place& place : computed_) {
      const size_t size = size_of(tensor_at(file_.model, place), unknown);
      if (!part.empty() && bytes + size > options_.memory) KELT_RETURN_IF_ERROR(close());
      part.push_back(place);
      bytes += size;
    }
    if (!part.empty()) KELT_RETURN_IF_ERROR(close());
    return groups;
  }

  // False if the runtime does not take the first sample, or the file with the group's tensors as outputs.
  Result<bool> run_at_once(const Group& group, const Fitted& first, const Samples& next) {
    Result<runtime::CompiledModel> compiled = observe::open(runtime_, file_, group, {.threads = options_.threads});
    if (!compiled.ok()) return compiled.error().code == Code::kRuntime ? Result<bool>(false) : compiled.error();
    Result<std::vector<runtime::Output>> outputs = compiled->run(signature_.key, first.inputs);
    if (!outputs.ok()) return outputs.error().code == Code::kRuntime ? Result<bool>(false) : outputs.error();
    hand_out(group, *outputs);
    std::vector<Shape> shapes = shapes_of(first);
    bool in_place = true;
    while (true) {
      KELT_ASSIGN_OR_RETURN(const std::optional<Fitted> sample, take(next));
      if (!sample) return true;
      const bool same = shapes == shapes_of(*sample);
      shapes = shapes_of(*sample);
      KELT_RETURN_IF_ERROR(
          run_again(*compiled, *sample, same, in_place, *outputs).note("while running sample " + std::to_string(taken_ - 1)));
      hand_out(group, *outputs);
    }
  }

  static std::vector<Shape> shapes_of(const Fitted& sample) {
    std::vector<Shape> shapes;
    for (const Input& input : sample.inputs) shapes.push_back(input.shape);
    return shapes;
  }

  // Into the same memory, if the inputs have the same shapes. Where a shape follows from values, that is once tried in vain.
  Result<void> run_again(runtime::CompiledModel& compiled, const Fitted& sample, bool same, bool& in_place,
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

  void hand_out(const Group& group, const std::vector<runtime::Output>& outputs) {
    std::map<std::string_view, const runtime::Output*> by_name;
    for (const runtime::Output& output : outputs) by_name[output.name] = &output;
    for (const observe::Reading& reading : group.readings) add(reading.place, floats_of(by_name.at(reading.output)->bytes));
  }

  // Where nothing is observed: if that fails it is the sample that is wrong.
  Result<void> run_alone(const observe::File& file, const Group& group, const Fitted& sample) const {
    KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, observe::open(runtime_, file, group));
    auto ran = compiled.run(signature_.key, sample.inputs);
    if (!ran.ok()) return std::move(ran).note("while running sample 0").error();
    return {};
  }

  // Each group with all samples, which are kept until then.
  Result<void> run_in_parts(std::span<const Group> groups, Fitted first, const Samples& next) {
    KELT_ASSIGN_OR_RETURN(SampleFile kept, SampleFile::create());
    for (std::optional<Fitted> sample = std::move(first); sample;) {
      KELT_RETURN_IF_ERROR(kept.add(sample->inputs));
      KELT_ASSIGN_OR_RETURN(sample, take(next));
    }
    KELT_ASSIGN_OR_RETURN(const auto inputs, kept.samples());
    const std::vector<observe::Sample> samples(inputs.begin(), inputs.end());
    const auto observer = [&](size_t, const Place& place, const runtime::Output& value) -> Result<bool> {
      add(place, floats_of(value.bytes));
      return true;
    };
    KELT_ASSIGN_OR_RETURN(auto unreadable, observe::observe(runtime_, file_, groups, samples, observer, {.threads = options_.threads}));
    to_.unreadable.insert(to_.unreadable.end(), unreadable.begin(), unreadable.end());
    return {};
  }

  const runtime::Runtime& runtime_;
  observe::File file_;  // or the copy that collects
  const litert::Signature& signature_;
  const Options& options_;
  Calibration& to_;
  std::vector<Place> inputs_;
  std::vector<Place> computed_;
  std::vector<Place> inside_;
  std::optional<Place> bounds_;  // where the copy has the bounds of these
  std::optional<Split> split_;   // of the arrays that were given last
  std::set<std::string> noted_;
  size_t taken_ = 0;
};

}  // namespace

std::vector<Place> calibratable_tensors(const litert::Model& model, const litert::Signature& signature) {
  std::vector<Place> places;
  for (const litert::SignaturePort& port : signature.inputs) places.push_back({signature.subgraph, port.tensor});
  for (const Place& place : observe::observable_tensors(model, signature)) places.push_back(place);
  std::erase_if(places, [&](const Place& place) { return !is_float32(model, place); });
  const std::vector<Place> inside = tensors_inside(model, signature);
  places.insert(places.end(), inside.begin(), inside.end());
  return places;
}

Result<Calibration> calibrate(const runtime::Runtime& runtime, const observe::File& file, std::span<const Data> data,
                              const Options& options) {
  Calibration calibration;
  KELT_ASSIGN_OR_RETURN(calibration.statistics.model, statistics::fingerprint_of(file.model));
  for (const Data& one : data) {
    KELT_ASSIGN_OR_RETURN(const litert::Signature* const signature, find_signature(file.model, one.signature));
    KELT_RETURN_IF_ERROR(Run(runtime, file, *signature, options, calibration)(one.next));
  }
  for (auto& [place, tensor] : calibration.statistics.tensors) tensor.name = tensor_at(file.model, place).name;
  return calibration;
}

}  // namespace kelt::calibrate
