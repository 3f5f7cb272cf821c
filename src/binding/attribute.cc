#include "binding/attribute.h"

#include <nanobind/operators.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <map>

#include "binding/error.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

constexpr int kMaxDepth = 64;

// A dtype and a dim as arguments; as C++ types of their own they are told from strings.
struct DTypeName {
  DType dtype;
};
struct DimExpr {
  Dim dim;
};

bool is_type(nb::handle object, PyTypeObject* type) { return Py_TYPE(object.ptr()) == type; }

template <typename T>
bool wraps(nb::handle object) {
  return object.type().is(nb::type<T>());
}

DType dtype_of(std::string_view text) {
  const std::optional<DType> dtype = parse_dtype(text);
  if (!dtype) throw nb::value_error(("unknown dtype '" + std::string(text) + "'").c_str());
  return *dtype;
}

int64_t integer(nb::handle object) {
  const nb::object number = nb::steal(PyNumber_Index(object.ptr()));
  if (!number.is_valid()) throw nb::python_error();
  const long long value = PyLong_AsLongLong(number.ptr());
  if (value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return value;
}

graph::Attribute to_list(nb::handle object, int depth) {
  graph::List list;
  list.reserve(nb::len(object));
  for (const nb::handle item : nb::borrow<nb::sequence>(object)) list.push_back(to_attribute(item, depth + 1));
  return {std::move(list)};
}

graph::Attribute to_slice(nb::handle object, int depth) {
  const auto part = [&](const char* name) { return to_attribute(nb::object(object.attr(name)), depth + 1); };
  return {std::make_shared<const graph::Slice>(graph::Slice{part("start"), part("stop"), part("step")})};
}

template <typename Id>
void bind_reference(nb::module_& module, const char* name, const char* sigil) {
  nb::class_<Id>(module, name)
      .def(
          "__init__", [](Id* self, int index) { new (self) Id{index}; }, nb::arg("index"))
      .def_ro("index", &Id::index)
      .def("__eq__", [](const Id& self, nb::handle other) { return wraps<Id>(other) && nb::cast<const Id&>(other) == self; })
      .def("__hash__", [](const Id& self) { return self.index; })
      .def("__repr__", [sigil](const Id& self) { return sigil + std::to_string(self.index); });
}

void bind_dim(nb::module_& module) {
  nb::class_<DimExpr>(module, "DimExpr")
      .def(
          "__init__", [](DimExpr* self, std::string_view text) { new (self) DimExpr{take(Dim::parse(text))}; }, nb::arg("text"))
      .def(
          "evaluate",
          [](const DimExpr& self, const std::map<std::string, int64_t, std::less<>>& symbols) { return self.dim.evaluate(symbols); },
          nb::arg("symbols"), "The value when the symbols have these; None if one is missing.")
      .def_prop_ro("symbols",
                   [](const DimExpr& self) {
                     nb::list names;
                     for (const std::string& name : self.dim.symbols()) names.append(from_string(name));
                     return names;
                   })
      .def("__eq__",
           [](const DimExpr& self, nb::handle other) { return wraps<DimExpr>(other) && nb::cast<const DimExpr&>(other).dim == self.dim; })
      .def("__hash__", [](const DimExpr& self) { return std::hash<std::string>{}(self.dim.to_string()); })
      .def("__str__", [](const DimExpr& self) { return self.dim.to_string(); })
      .def("__repr__", [](const DimExpr& self) { return "{" + self.dim.to_string() + "}"; });
}

}  // namespace

void bind_attribute(nb::module_& module) {
  bind_reference<graph::ValueId>(module, "ValueRef", "%");
  bind_reference<graph::WeightId>(module, "WeightRef", "@");
  bind_reference<graph::StateId>(module, "StateRef", "$");
  bind_dim(module);
  nb::class_<DTypeName>(module, "DTypeName")
      .def(
          "__init__", [](DTypeName* self, std::string_view text) { new (self) DTypeName{dtype_of(text)}; }, nb::arg("name"))
      .def_prop_ro("name", [](const DTypeName& self) { return from_string(name(self.dtype)); })
      .def("__eq__", [](const DTypeName& self,
                        nb::handle other) { return wraps<DTypeName>(other) && nb::cast<const DTypeName&>(other).dtype == self.dtype; })
      .def("__hash__", [](const DTypeName& self) { return static_cast<int>(self.dtype); })
      .def("__str__", [](const DTypeName& self) { return from_string(name(self.dtype)); })
      .def("__repr__", [](const DTypeName& self) { return from_string(short_name(self.dtype)); });
}

graph::Attribute to_attribute(nb::handle object, int depth) {
  if (depth > kMaxDepth) throw nb::value_error("an argument that is nested too deeply");
  if (wraps<graph::ValueId>(object)) return {nb::cast<graph::ValueId>(object)};
  if (object.is_none()) return {graph::None{}};
  if (is_type(object, &PyBool_Type)) return {object.is(Py_True)};
  if (PyLong_Check(object.ptr())) return {integer(object)};
  if (PyFloat_Check(object.ptr())) return {PyFloat_AsDouble(object.ptr())};
  if (PyUnicode_Check(object.ptr())) return {to_string(object)};
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) return to_list(object, depth);
  if (wraps<DimExpr>(object)) return {nb::cast<const DimExpr&>(object).dim};
  if (wraps<DTypeName>(object)) return {nb::cast<const DTypeName&>(object).dtype};
  if (wraps<graph::WeightId>(object)) return {nb::cast<graph::WeightId>(object)};
  if (wraps<graph::StateId>(object)) return {nb::cast<graph::StateId>(object)};
  if (is_type(object, &PySlice_Type)) return to_slice(object, depth);
  if (object.is(Py_Ellipsis)) return {graph::Ellipsis{}};
  if (PyIndex_Check(object.ptr()) != 0) return {integer(object)};  // numpy's integers
  throw nb::type_error(("an argument of type " + nb::cast<std::string>(nb::str(object.type())) + " has no form in a module").c_str());
}

nb::object from_attribute(const graph::Attribute& attribute) {
  struct Visitor {
    nb::object operator()(graph::None) const { return nb::none(); }
    nb::object operator()(bool value) const { return nb::bool_(value); }
    nb::object operator()(int64_t value) const { return nb::int_(value); }
    nb::object operator()(double value) const { return nb::float_(value); }
    nb::object operator()(const std::string& value) const { return from_string(value); }
    nb::object operator()(DType value) const { return nb::cast(DTypeName{value}); }
    nb::object operator()(const Dim& value) const { return nb::cast(DimExpr{value}); }
    nb::object operator()(graph::ValueId value) const { return nb::cast(value); }
    nb::object operator()(graph::WeightId value) const { return nb::cast(value); }
    nb::object operator()(graph::StateId value) const { return nb::cast(value); }
    nb::object operator()(graph::Ellipsis) const { return nb::borrow(Py_Ellipsis); }
    nb::object operator()(const graph::List& list) const {
      nb::list items;
      for (const graph::Attribute& item : list) items.append(from_attribute(item));
      return items;
    }
    nb::object operator()(const std::shared_ptr<const graph::Slice>& slice) const {
      const nb::object start = from_attribute(slice->start);
      const nb::object stop = from_attribute(slice->stop);
      return nb::steal(PySlice_New(start.ptr(), stop.ptr(), from_attribute(slice->step).ptr()));
    }
  };
  return std::visit(Visitor{}, attribute.value);
}

Dims to_dims(nb::handle object) {
  Dims dims;
  dims.reserve(nb::len(object));
  for (const nb::handle item : nb::borrow<nb::sequence>(object)) {
    if (PyUnicode_Check(item.ptr())) {
      dims.push_back(take(Dim::parse(to_string(item))));
    } else if (wraps<DimExpr>(item)) {
      dims.push_back(nb::cast<const DimExpr&>(item).dim);
    } else {
      dims.emplace_back(integer(item));
    }
  }
  return dims;
}

nb::list from_dims(const Dims& dims) {
  nb::list items;
  for (const Dim& dim : dims) {
    if (const std::optional<int64_t> value = dim.value()) {
      items.append(*value);
    } else {
      items.append(from_string(dim.to_string()));
    }
  }
  return items;
}

DType to_dtype(nb::handle object) { return dtype_of(to_string(object)); }

std::string to_string(nb::handle object) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (text == nullptr) throw nb::python_error();
  return {text, static_cast<size_t>(size)};
}

nb::str from_string(std::string_view text) {
  // What came from a file may not be UTF-8; a name is shown, then, rather than rejected.
  nb::object value = nb::steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
  if (!value.is_valid()) throw nb::python_error();
  return nb::borrow<nb::str>(value);
}

}  // namespace kelt::binding
