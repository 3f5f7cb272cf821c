#include "binding/pipeline.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "binding/attribute.h"
#include "binding/error.h"
#include "binding/progress.h"
#include "binding/quantize.h"
#include "graph/module.h"
#include "litert/read.h"
#include "pipeline/convert.h"
#include "pipeline/export.h"
#include "pipeline/metadata.h"
#include "pipeline/valid_sizes.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

nb::list ports(const std::vector<std::pair<std::string, std::string>>& named) {
  nb::list list;
  for (const auto& [name, type] : named) list.append(nb::make_tuple(from_string(name), from_string(type)));
  return list;
}

nb::dict to_dict(const pipeline::Report& report) {
  nb::dict dict;
  dict["file_bytes"] = report.file.file_bytes;
  dict["table_bytes"] = report.file.table_bytes;
  dict["constant_bytes"] = report.file.constant_bytes;
  dict["merged_bytes"] = report.file.merged_bytes;
  nb::dict operators;
  for (const auto& [name, count] : report.operators) operators[from_string(name)] = count;
  dict["operators"] = operators;
  nb::dict signatures;
  for (const pipeline::SignatureSummary& signature : report.signatures) {
    nb::dict entry;
    entry["inputs"] = ports(signature.inputs);
    entry["outputs"] = ports(signature.outputs);
    signatures[from_string(signature.key)] = entry;
  }
  dict["signatures"] = signatures;
  dict["quantization"] = report.quantization ? nb::cast(from_string(quantize::to_json(*report.quantization))) : nb::none();
  return dict;
}

nb::dict export_module(const graph::Module& module, const std::string& path, bool optimize, int threads, bool constants_outside,
                       const std::string& library, const std::string& recipe, const nb::object& runtime, const nb::object& calibration,
                       const nb::object& progress) {
  const auto sink = std::make_shared<Progress>(progress);
  pipeline::ExportOptions options{
      .convert = {.optimize = optimize, .runtime_library = library}, .threads = threads, .constants_outside = constants_outside};
  options.convert.sinks.progress = sink_of(sink, progress);
  std::optional<Quantizing> how;
  if (!recipe.empty()) {
    how.emplace(recipe, runtime, calibration);
    how->options().sinks = options.convert.sinks;
    options.quantize = how->options();
  }
  Result<pipeline::Report> report = [&] {
    const nb::gil_scoped_release without_gil;
    return pipeline::export_file(module, path, options);
  }();
  sink->rethrow();
  if (how) how->rethrow();
  return to_dict(take(std::move(report)));
}

std::vector<ErrorParts> find_rejections(const graph::Module& module) {
  std::vector<ErrorParts> rejections;
  for (const Error& error : take(pipeline::find_rejections(module))) rejections.push_back(parts_of(error));
  return rejections;
}

std::vector<int> changed_weights(const graph::Module& module, const std::string& path) {
  const litert::Model file = take(litert::read_model(std::filesystem::path(path)));
  return take(pipeline::changed_weights(module, file));
}

// What is not valid at these shapes raises; nothing to check is None.
class SizeCheck {
 public:
  explicit SizeCheck(std::vector<pipeline::ValidSizes> valid) : valid_(std::move(valid)) {}

  void check(const std::string& signature, const std::map<std::string, Shape>& shapes) const {
    take(pipeline::check_sizes(valid_, signature, shapes));
  }

  std::vector<std::string> words() const {
    std::vector<std::string> all;
    for (const pipeline::ValidSizes& valid : valid_) std::ranges::move(pipeline::in_words(valid), std::back_inserter(all));
    return all;
  }

 private:
  std::vector<pipeline::ValidSizes> valid_;
};

std::optional<SizeCheck> size_check(const Result<litert::Model>& file) {
  if (!file.ok()) return std::nullopt;  // the runtime says what is wrong with it
  std::vector<pipeline::ValidSizes> valid = pipeline::read_valid_sizes(*file);
  return valid.empty() ? std::nullopt : std::optional<SizeCheck>(std::in_place, std::move(valid));
}

}  // namespace

void bind_pipeline(nb::module_& module) {
  module.def("export_module", export_module, nb::arg("module"), nb::arg("path"), nb::kw_only(), nb::arg("optimize") = true,
             nb::arg("threads") = 0, nb::arg("constants_outside") = false, nb::arg("library") = "", nb::arg("recipe") = "",
             nb::arg("runtime") = nb::none(), nb::arg("calibration") = nb::none(), nb::arg("progress") = nb::none(),
             "Writes the LiteRT file of a module, whole or not at all; returns what is in it as a dict.\n\n"
             "`library` is the path of libLiteRt.so, which computes constants; `recipe` says how to quantize, if at all; `progress(stage, "
             "done, total)` is called as it goes.");
  module.def("find_rejections", find_rejections, nb::arg("module"),
             "The operations that have no LiteRT form: (code, what, path, op, remedy) each.");
  nb::class_<SizeCheck>(module, "SizeCheck")
      .def("check", &SizeCheck::check, nb::arg("signature"), nb::arg("shapes"),
           "Raises where the signature is not what the model computes at these shapes of its inputs.")
      .def("words", &SizeCheck::words, "What must be so of the sizes.");
  module.def(
      "size_check_of_file", [](const std::string& path) { return size_check(litert::read_model(std::filesystem::path(path))); },
      nb::arg("path"), "What a file takes; None where it takes any size.");
  module.def(
      "size_check_of_bytes",
      [](nb::bytes bytes) { return size_check(litert::read_model(std::as_bytes(std::span(bytes.c_str(), bytes.size())))); },
      nb::arg("bytes"), "The same for a file in memory.");
  module.def("changed_weights", changed_weights, nb::arg("module"), nb::arg("path"),
             "The weights of the module, by index, that are not those that the file was made of.");
}

}  // namespace kelt::binding
