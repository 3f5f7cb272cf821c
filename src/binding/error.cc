#include "binding/error.h"

namespace nb = nanobind;

namespace kelt::binding {

void bind_error(nb::module_& module) {
  nb::object type = nb::steal(PyErr_NewException("kelt._native.Error", PyExc_RuntimeError, nullptr));
  if (!type.is_valid()) throw nb::python_error();
  module.attr("Error") = type;
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
