#include "binding/error.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "base/report.h"

namespace nb = nanobind;

namespace kelt::binding {

void bind_error(nb::module_& module) {
  nb::object type = nb::steal(PyErr_NewException("kelt._native.Error", PyExc_RuntimeError, nullptr));
  if (!type.is_valid()) throw nb::python_error();
  module.attr("Error") = type;
}

ErrorParts parts_of(const Error& error) { return {static_cast<int>(error.code), error.what, error.path, error.op, error.remedy}; }

namespace {

Error error_of(const ErrorParts& parts) {
  const auto& [code, what, path, op, remedy] = parts;
  return {.code = static_cast<Code>(code), .what = what, .path = path, .op = op, .remedy = remedy};
}

std::string report_of(const ErrorParts& whole, const std::vector<std::string>& notes, const std::vector<ErrorParts>& several,
                      bool nothing_written) {
  Error error = error_of(whole);
  error.notes = notes;
  std::vector<Error> errors;
  for (const ErrorParts& one : several) errors.push_back(error_of(one));
  if (!errors.empty()) error.what += "\n\n" + list_errors(errors);
  return report(error, nothing_written);
}

}  // namespace

void bind_report(nb::module_& module) {
  module.def("report", report_of, nb::arg("error"), nb::arg("notes"), nb::arg("several"), nb::arg("nothing_written"),
             "An error as the kelt command shows it. It, and each of several that it lists, is (code, what, path, op, remedy).");
}

void raise(const Error& error) {
  const auto text = [](const std::string& value) {
    return nb::steal(PyUnicode_DecodeUTF8(value.data(), static_cast<Py_ssize_t>(value.size()), "replace"));
  };
  const nb::object type = nb::module_::import_("kelt._native").attr("Error");
  const nb::object exception = type(text(error.to_string()));
  nb::list notes;
  for (const std::string& note : error.notes) notes.append(text(note));
  exception.attr("code") = static_cast<int>(error.code);
  exception.attr("what") = text(error.what);
  exception.attr("path") = text(error.path);
  exception.attr("op") = text(error.op);
  exception.attr("remedy") = text(error.remedy);
  exception.attr("notes") = notes;
  PyErr_SetObject(type.ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace kelt::binding
