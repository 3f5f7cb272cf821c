#include "binding/calibrate.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <optional>
#include <tuple>

#include "binding/array.h"
#include "binding/error.h"
#include "binding/progress.h"
#include "quantize/plan.h"
#include "statistics/file.h"
#include "statistics/ranges.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

using statistics::Statistics;
using Inputs = std::vector<std::tuple<std::string, std::string, Shape>>;  // name, dtype, shape

const Error kRaised{.code = Code::kBadData, .what = "what gives the samples raised an exception"};

Inputs inputs_of(const litert::Model& model, const litert::Signature& signature) {
  Inputs inputs;
  for (const litert::SignaturePort& port : signature.inputs) {
    const litert::Tensor& tensor = model.subgraphs[static_cast<size_t>(signature.subgraph)].tensors[static_cast<size_t>(port.tensor)];
    Shape shape;
    for (const Dim& dim : tensor.dims) shape.push_back(dim.value().value_or(-1));
    const std::optional<DType> dtype = litert::to_dtype(tensor.type);
    inputs.emplace_back(port.name, dtype ? std::string(name(*dtype)) : std::string(), std::move(shape));
  }
  return inputs;
}

using Raised = std::shared_ptr<std::optional<nb::python_error>>;

// A sample of Python, held until the next.
class PythonSamples {
 public:
  PythonSamples(nb::object next, Raised raised) : next_(std::move(next)), raised_(std::move(raised)) {}
  ~PythonSamples() {
    const nb::gil_scoped_acquire gil;
    held_.clear();
    next_.reset();
  }
  PythonSamples(const PythonSamples&) = delete;
  PythonSamples& operator=(const PythonSamples&) = delete;

  Result<std::optional<calibrate::Given>> operator()() {
    const nb::gil_scoped_acquire gil;
    try {
      const nb::object given = next_();
      if (given.is_none()) return std::optional<calibrate::Given>();
      bool several = false;
      std::tie(held_, several) = nb::cast<std::tuple<std::map<std::string, GivenArray>, bool>>(given);
      return std::optional(calibrate::Given{.inputs = read_inputs(held_), .several = several});
    } catch (nb::python_error& error) {
      raised_->emplace(std::move(error));
      return kRaised;
    }
  }

 private:
  nb::object next_;
  std::map<std::string, GivenArray> held_;
  Raised raised_;
};

// {name: …} of a tensor, for reports.
nb::dict to_dict(const statistics::Place& place, const statistics::TensorStatistics& tensor) {
  nb::dict dict;
  dict["subgraph"] = place.subgraph;
  dict["tensor"] = place.tensor;
  dict["name"] = tensor.name;
  dict["samples"] = tensor.samples;
  dict["values"] = tensor.values;
  dict["zeros"] = tensor.zeros;
  dict["not_finite"] = tensor.not_finite;
  dict["min"] = tensor.bounds.min;
  dict["max"] = tensor.bounds.max;
  dict["mean"] = statistics::mean_of(tensor);
  return dict;
}

nb::list tensors_of(const Statistics& statistics) {
  nb::list list;
  for (const auto& [place, tensor] : statistics.tensors) list.append(to_dict(place, tensor));
  return list;
}

// The statistics, [(tensor, why)] of what can't be read, and notes.
nb::tuple calibrate_file(const runtime::Runtime& runtime, const std::string& path, const nb::object& data, int threads,
                         const nb::object& progress) {
  PythonData samples(data);
  const observe::File file = take(observe::read_file(path));
  const std::vector<calibrate::Data> each = samples.of(file.model);
  const auto sink = std::make_shared<Progress>(progress);
  const calibrate::Options options{
      .channels = quantize::inputs_of_products(file.model), .limits = {.threads = threads}, .progress = sink_of(sink, progress)};
  Result<calibrate::Calibration> result = [&] {
    const nb::gil_scoped_release without_gil;
    return calibrate::calibrate(runtime, file, each, options);
  }();
  samples.rethrow();
  sink->rethrow();
  calibrate::Calibration calibration = take(std::move(result));
  nb::list unreadable;
  for (const auto& [place, why] : calibration.unreadable) {
    const litert::Subgraph& subgraph = file.model.subgraphs[static_cast<size_t>(place.subgraph)];
    unreadable.append(nb::make_tuple(subgraph.tensors[static_cast<size_t>(place.tensor)].name, why));
  }
  return nb::make_tuple(std::move(calibration.statistics), unreadable, calibration.notes);
}

}  // namespace

std::vector<calibrate::Data> PythonData::of(const litert::Model& model) {
  nb::dict signatures;
  for (const litert::Signature& signature : model.signatures) signatures[signature.key.c_str()] = nb::cast(inputs_of(model, signature));
  const auto given = nb::cast<std::map<std::string, nb::object>>(data_(signatures));
  std::vector<calibrate::Data> all;
  for (const litert::Signature& signature : model.signatures) {
    const auto next = given.find(signature.key);
    if (next == given.end()) continue;
    const auto samples = std::make_shared<PythonSamples>(next->second, raised_);
    all.push_back({.signature = signature.key, .next = [samples] { return (*samples)(); }});
  }
  return all;
}

void PythonData::rethrow() {
  if (!*raised_) return;
  nb::python_error error = std::move(**raised_);
  raised_->reset();
  throw nb::python_error(std::move(error));
}

void bind_calibrate(nb::module_& module) {
  nb::class_<Statistics>(module, "Statistics")
      .def_ro("samples", &Statistics::samples)
      .def_ro("model", &Statistics::model)
      .def_prop_ro("tensors", &tensors_of)
      .def("save", [](const Statistics& self, const std::string& path) { take(statistics::save_statistics(self, path)); })
      .def_static("load", [](const std::string& path) { return take(statistics::load_statistics(path)); })
      .def("merged",
           [](const Statistics& self, const Statistics& other) {
             Statistics merged = self;
             take(statistics::merge(merged, other));
             return merged;
           })
      .def("__eq__", [](const Statistics& self, const Statistics& other) { return self == other; });
  // `data`: see PythonData.
  module.def("calibrate", &calibrate_file, nb::arg("runtime"), nb::arg("path"), nb::arg("data"), nb::arg("threads") = 1,
             nb::arg("progress") = nb::none());
}

}  // namespace kelt::binding
