#include "calibrate/calibrate.h"

#include <algorithm>
#include <array>
#include <set>

#include "calibrate/inside.h"
#include "calibrate/runner.h"
#include "statistics/fingerprint.h"

namespace kelt::calibrate {
namespace {

const litert::Tensor& tensor_of(const litert::Model& model, const Place& place) {
  return model.subgraphs[static_cast<size_t>(place.subgraph)].tensors[static_cast<size_t>(place.tensor)];
}

bool is_float32(const litert::Model& model, const Place& place) { return tensor_of(model, place).type == litert::TensorType::FLOAT32; }

std::optional<int64_t> last_dim(const litert::Model& model, const Place& place) {
  const Dims& dims = tensor_of(model, place).dims;
  return dims.empty() ? std::nullopt : dims.back().value();
}

// The calibration of one signature.
class Run {
 public:
  Run(const runtime::Runtime& runtime, const observe::File& file, const litert::Signature& signature, const Options& options,
      Calibration& to)
      : file_(file),
        signature_(signature),
        options_(options),
        to_(to),
        channels_(options.channels.begin(), options.channels.end()),
        runner_(runtime, file, signature, options.limits,
                {.sample = [this](const Fitted& sample) { add_inputs(sample); },
                 .value = [this](const Place& place, std::span<const float> values) { add(place, values); }}) {}

  Result<void> operator()(const Samples& samples) {
    choose();
    KELT_RETURN_IF_ERROR(runner_.begin(samples));
    KELT_ASSIGN_OR_RETURN(const observe::File file, collecting_copy());
    KELT_ASSIGN_OR_RETURN(const auto unreadable, runner_.run(file, computed_));
    to_.unreadable.insert(to_.unreadable.end(), unreadable.begin(), unreadable.end());
    to_.notes.insert(to_.notes.end(), runner_.notes().begin(), runner_.notes().end());
    return {};
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

  // The copy that collects what is inside of loops and branches, if there is something and the runtime takes it.
  Result<observe::File> collecting_copy() {
    if (inside_.empty()) return file_;
    Collecting collecting = collect_inside(file_.model, signature_, inside_);
    const observe::File copy{.bytes = file_.bytes, .model = std::move(collecting.model)};
    KELT_ASSIGN_OR_RETURN(const auto groups, observe::group_tensors(copy.model, signature_, std::array{collecting.bounds}));
    const Result<void> ran = runner_.try_copy(copy, groups[0]);
    if (ran.ok()) {
      bounds_ = collecting.bounds;
      computed_.push_back(*bounds_);
      return copy;
    }
    if (ran.error().code != Code::kRuntime) return ran.error();
    for (const Place& place : inside_) to_.unreadable.push_back({.place = place, .why = ran.error().to_string()});
    return file_;
  }

  void add_inputs(const Fitted& sample) {
    for (const Place& place : inputs_) {
      const auto port = std::ranges::find(signature_.inputs, place.tensor, &litert::SignaturePort::tensor);
      const auto input = std::ranges::find(sample.inputs, port->name, &runtime::Input::name);
      add(place, {reinterpret_cast<const float*>(input->bytes.data()), input->bytes.size() / sizeof(float)});
    }
    ++to_.statistics.samples;
    if (options_.progress) options_.progress("calibrate", to_.statistics.samples, 0);
  }

  void add(const Place& place, std::span<const float> values) {
    if (bounds_ == place) return add_collected(to_.statistics, inside_, values);
    statistics::TensorStatistics& tensor = to_.statistics.tensors[place];
    statistics::add(tensor, values);
    const std::optional<int64_t> width = last_dim(file_.model, place);
    if (width && channels_.contains(place)) statistics::add_channels(tensor, values, static_cast<size_t>(*width));
  }

  const observe::File& file_;
  const litert::Signature& signature_;
  const Options& options_;
  Calibration& to_;
  std::set<Place> channels_;
  Runner runner_;
  std::vector<Place> inputs_;
  std::vector<Place> computed_;
  std::vector<Place> inside_;
  std::optional<Place> bounds_;  // where the copy has the bounds of these
};

// What is asked for and has no values is said, whatever the reason.
void note_missing(std::span<const Place> asked, Calibration& calibration) {
  for (const Place& place : asked) {
    const bool known = calibration.statistics.tensors.contains(place) ||
                       std::ranges::find(calibration.unreadable, place, &observe::Unreadable::place) != calibration.unreadable.end();
    if (!known) calibration.unreadable.push_back({.place = place, .why = "no run of the samples computes it as float32"});
  }
}

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
  if (options.places) note_missing(*options.places, calibration);
  for (auto& [place, tensor] : calibration.statistics.tensors) tensor.name = tensor_of(file.model, place).name;
  return calibration;
}

}  // namespace kelt::calibrate
