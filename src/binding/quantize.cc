#include "binding/quantize.h"

#include <nanobind/stl/string.h>

#include <memory>

#include "binding/attribute.h"
#include "binding/error.h"
#include "binding/progress.h"
#include "statistics/file.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

nb::dict quantize_file(const std::string& input, const std::string& output, const std::string& recipe, const std::string& statistics,
                       int threads, const nb::object& progress) {
  pipeline::QuantizeOptions options = quantize_options(recipe, statistics);
  const auto sink = std::make_shared<Progress>(progress);
  options.sinks.progress = sink_of(sink, progress);
  Result<pipeline::QuantizedFile> done = [&] {
    const nb::gil_scoped_release without_gil;
    return pipeline::quantize_file(input, output, options, threads);
  }();
  sink->rethrow();
  const pipeline::QuantizedFile file = take(std::move(done));
  nb::dict dict;
  dict["file_bytes"] = file.file.file_bytes;
  dict["bytes_before"] = file.bytes_before;
  dict["report"] = from_string(quantize::to_json(file.operators));
  return dict;
}

}  // namespace

pipeline::QuantizeOptions quantize_options(const std::string& recipe, const std::string& statistics) {
  pipeline::QuantizeOptions options{.recipe = take(quantize::parse_recipe(recipe))};
  if (!statistics.empty()) {
    options.calibrate = [statistics](const litert::Model&, const std::vector<litert::Place>&) {
      return statistics::load_statistics(statistics);
    };
  }
  return options;
}

void bind_quantize(nb::module_& module) {
  module.def("quantize_file", quantize_file, nb::arg("input"), nb::arg("output"), nb::arg("recipe"), nb::kw_only(),
             nb::arg("statistics") = "", nb::arg("threads") = 0, nb::arg("progress") = nb::none(),
             "Writes the file in integers; the sizes, and the report of each operator as JSON.\n\n"
             "`recipe` is a name or JSON, `statistics` the path of a file.");
}

}  // namespace kelt::binding
