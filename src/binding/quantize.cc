#include "binding/quantize.h"

#include <nanobind/stl/string.h>

#include <memory>

#include "binding/attribute.h"
#include "binding/error.h"
#include "binding/progress.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

nb::dict quantize_file(const std::string& input, const std::string& output, const std::string& recipe, const nb::object& runtime,
                       const nb::object& calibration, int threads, const nb::object& progress) {
  Quantizing how(recipe, runtime, calibration);
  const auto sink = std::make_shared<Progress>(progress);
  how.options().sinks.progress = sink_of(sink, progress);
  Result<pipeline::QuantizedFile> done = [&] {
    const nb::gil_scoped_release without_gil;
    return pipeline::quantize_file(input, output, how.options(), threads);
  }();
  sink->rethrow();
  how.rethrow();
  const pipeline::QuantizedFile file = take(std::move(done));
  nb::dict dict;
  dict["file_bytes"] = file.file.file_bytes;
  dict["bytes_before"] = file.bytes_before;
  dict["report"] = from_string(quantize::to_json(file.operators));
  return dict;
}

}  // namespace

Quantizing::Quantizing(const std::string& recipe, const nb::object& runtime, const nb::object& calibration) {
  options_.recipe = take(quantize::parse_recipe(recipe));
  if (calibration.is_none()) return;
  if (nb::isinstance<statistics::Statistics>(calibration)) {
    options_.calibrate = pipeline::calibrate_from(nb::cast<statistics::Statistics>(calibration));
    return;
  }
  data_ = std::make_shared<PythonData>(calibration);
  const auto data = [python = data_](const litert::Model& model) {
    const nb::gil_scoped_acquire gil;
    return python->of(model);
  };
  const auto& loaded = nb::cast<runtime::Runtime&>(runtime);
  options_.calibrate = pipeline::calibrate_by(loaded, data);
  options_.samples = pipeline::Samples{loaded, data};
}

void Quantizing::rethrow() {
  if (data_) data_->rethrow();
}

void bind_quantize(nb::module_& module) {
  module.def("quantize_file", quantize_file, nb::arg("input"), nb::arg("output"), nb::arg("recipe"), nb::kw_only(),
             nb::arg("runtime") = nb::none(), nb::arg("calibration") = nb::none(), nb::arg("threads") = 0, nb::arg("progress") = nb::none(),
             "Writes the file in integers; the sizes, and the report of each operator as JSON.\n\n"
             "`recipe` is a name or JSON; `calibration` is Statistics, or data that the runtime runs the file on.");
}

}  // namespace kelt::binding
