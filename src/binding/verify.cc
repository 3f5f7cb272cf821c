#include "binding/verify.h"

#include <string>

#include "binding/array.h"
#include "binding/attribute.h"
#include "binding/calibrate.h"
#include "binding/error.h"
#include "binding/progress.h"
#include "binding/runtime.h"
#include "verify/compare.h"
#include "verify/limits.h"
#include "verify/mismatch.h"
#include "verify/quantized.h"
#include "verify/values.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

verify::View view_of(const GivenArray& array) {
  return {read_dtype(std::get<std::string>(array)), std::get<Shape>(array), bytes_of(array)};
}

// Asks Python for one value at a time and keeps it while it is compared.
class PythonReference {
 public:
  explicit PythonReference(const nb::callable& ask) : ask_(ask) {}

  Result<std::optional<verify::View>> operator()(const litert::SourceValue& source) {
    const nb::object answer = ask_(source.function, source.value);
    if (answer.is_none()) return std::optional<verify::View>();
    held_ = nb::cast<GivenArray>(answer);
    return std::optional(view_of(held_));
  }

 private:
  const nb::callable& ask_;
  GivenArray held_;
};

verify::Search find_mismatch(const runtime::Runtime& runtime, const std::string& path, const std::string& signature,
                             const std::map<std::string, GivenArray>& inputs, const nb::callable& reference, double limit) {
  PythonReference ask(reference);
  return take(verify::find_mismatch(runtime, path, signature, read_inputs(inputs), std::ref(ask), limit));
}

// [((function, value), (dtype, shape, bytes))]
nb::list read_values(const runtime::Runtime& runtime, const std::string& path, const std::string& signature,
                     const std::map<std::string, GivenArray>& inputs, const nb::callable& wanted, const std::string& kernels, size_t runs) {
  nb::list values;
  const auto ask = [&](const litert::SourceValue& source) { return nb::cast<bool>(wanted(source.function, source.value)); };
  const auto keep = [&](const litert::SourceValue& source, const runtime::Output& value) {
    const nb::bytes bytes(value.bytes.data(), value.bytes.size());
    values.append(
        nb::make_tuple(nb::make_tuple(source.function, source.value), nb::make_tuple(std::string(name(value.dtype)), value.shape, bytes)));
  };
  take(verify::read_values(runtime, path, signature, read_inputs(inputs), ask, keep, {.kernels = read_kernels(kernels)}, runs));
  return values;
}

// The comparison as text and as JSON.
nb::tuple compare_quantized(const runtime::Runtime& runtime, const std::string& floats, const std::string& quantized,
                            const nb::object& data, size_t samples, int threads, uint64_t most_bytes, const nb::object& progress) {
  const observe::File before = take(observe::read_file(floats)), after = take(observe::read_file(quantized));
  std::optional<PythonData> python;
  std::vector<calibrate::Data> given;
  if (!data.is_none()) given = python.emplace(data).of(before.model);
  const auto sink = std::make_shared<Progress>(progress);
  const verify::QuantizedOptions options{
      .samples = samples, .threads = threads, .most_bytes = most_bytes, .progress = sink_of(sink, progress)};
  Result<verify::QuantizedComparison> result = [&] {
    const nb::gil_scoped_release without_gil;
    return verify::compare_quantized(runtime, before, after, given, options);
  }();
  if (python) python->rethrow();
  sink->rethrow();
  const verify::QuantizedComparison comparison = take(std::move(result));
  return nb::make_tuple(from_string(verify::to_text(comparison)), from_string(verify::to_json(comparison)));
}

litert::Model read(const std::string& path) { return take(observe::read_file(path)).model; }

}  // namespace

void bind_verify(nb::module_& module) {
  nb::class_<verify::Comparison>(module, "Comparison")
      .def_ro("error", &verify::Comparison::error)
      .def_ro("limit", &verify::Comparison::limit)
      .def_ro("why", &verify::Comparison::why)
      .def_ro("zero", &verify::Comparison::zero)
      .def_ro("difference", &verify::Comparison::difference)
      .def_ro("magnitude", &verify::Comparison::magnitude)
      .def_prop_ro("ok", &verify::Comparison::ok);
  nb::class_<verify::Mismatch>(module, "Mismatch")
      .def_ro("tensor", &verify::Mismatch::tensor)
      .def_ro("op", &verify::Mismatch::op)
      .def_prop_ro("function", [](const verify::Mismatch& self) { return self.source.function; })
      .def_prop_ro("value", [](const verify::Mismatch& self) { return self.source.value; })
      .def_ro("comparison", &verify::Mismatch::comparison);
  nb::class_<verify::Search>(module, "Search")
      .def_prop_ro("first", [](const verify::Search& self) { return self.first ? nb::cast(*self.first) : nb::none(); })
      .def_prop_ro("agreed",  // (function, value) of each tensor that is equal
                   [](const verify::Search& self) {
                     nb::list agreed;
                     for (const litert::SourceValue& source : self.agreed) agreed.append(nb::make_tuple(source.function, source.value));
                     return agreed;
                   })
      .def_ro("unreadable", &verify::Search::unreadable);

  module.def("limit_of", [](const std::string& dtype) { return verify::limit_of(read_dtype(dtype)); });
  module.def(
      "compare",
      [](const GivenArray& found, const GivenArray& reference, double limit) {
        return verify::compare(view_of(found), view_of(reference), limit);
      },
      nb::arg("found"), nb::arg("reference"), nb::arg("limit") = 0.0);
  module.attr("ROUNDED_ACTIVATIONS") = verify::kRoundedActivations;
  // `reference(function, value)` gives the model's value as (dtype, shape, bytes), or None.
  module.def("find_mismatch", &find_mismatch, nb::arg("runtime"), nb::arg("path"), nb::arg("signature"), nb::arg("inputs"),
             nb::arg("reference"), nb::arg("limit") = 0.0);
  module.def("compare_quantized", &compare_quantized, nb::arg("runtime"), nb::arg("floats"), nb::arg("quantized"),
             nb::arg("data") = nb::none(), nb::arg("samples") = 64, nb::arg("threads") = 1, nb::arg("most_bytes") = 0,
             nb::arg("progress") = nb::none(),
             "The quantized file beside its float file, as text and as JSON. `data`: as for calibrate; None for random samples.");
  module.def("has_quantized_operators", [](const std::string& path) { return verify::has_quantized_operators(read(path)); });
  module.def("is_quantized_from", [](const std::string& floats, const std::string& quantized) {
    return verify::is_quantized_from(read(floats), read(quantized));
  });
  // `wanted(function, value)`: whether the value is to be read, in the last of its `runs`.
  module.def("read_values", &read_values, nb::arg("runtime"), nb::arg("path"), nb::arg("signature"), nb::arg("inputs"), nb::arg("wanted"),
             nb::arg("kernels") = "delegate", nb::arg("runs") = 1);
}

}  // namespace kelt::binding
