#include "binding/builder.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>

#include "binding/attribute.h"
#include "binding/error.h"
#include "graph/builder.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

// Memory of a Python object, borrowed for as long as this lives; released with the GIL held, from whatever thread.
class BorrowedBuffer {
 public:
  explicit BorrowedBuffer(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_STRIDES) != 0) throw nb::python_error();
  }
  BorrowedBuffer(const BorrowedBuffer&) = delete;
  BorrowedBuffer& operator=(const BorrowedBuffer&) = delete;
  ~BorrowedBuffer() {
    if (Py_IsInitialized() == 0) return;
    const nb::gil_scoped_acquire gil;
    PyBuffer_Release(&view_);
  }

  [[nodiscard]] Shape shape() const { return {view_.shape, view_.shape + view_.ndim}; }
  [[nodiscard]] bool is_contiguous() const { return PyBuffer_IsContiguous(&view_, 'C') != 0; }
  [[nodiscard]] size_t item() const { return static_cast<size_t>(view_.itemsize); }
  // In elements; empty where the memory has strides of another kind.
  [[nodiscard]] std::optional<Shape> strides() const {
    Shape strides(view_.strides, view_.strides + view_.ndim);
    for (int64_t& stride : strides) {
      if (stride < 0 || stride % view_.itemsize != 0) return std::nullopt;
      stride /= view_.itemsize;
    }
    return strides;
  }
  // From the first element to the last.
  [[nodiscard]] std::span<const std::byte> bytes() const {
    size_t size = static_cast<size_t>(view_.len);
    if (!is_contiguous() && size > 0) {
      size = item();
      for (int axis = 0; axis < view_.ndim; ++axis) size += static_cast<size_t>((view_.shape[axis] - 1) * view_.strides[axis]);
    }
    return {static_cast<const std::byte*>(view_.buf), size};
  }

 private:
  Py_buffer view_{};
};

Array strided_weight(const std::string& name, const std::shared_ptr<const BorrowedBuffer>& memory, DType dtype, Held held) {
  const auto strides = memory->strides();
  if (!strides || memory->item() != byte_size(dtype, 1) || dtype == DType::kInt4) {
    throw nb::value_error(("weight '" + name + "': strides must be multiples of an element, and not negative").c_str());
  }
  return borrow_strided(dtype, memory->shape(), *strides, memory->bytes(), memory, held);
}

DType dtype_named(const std::string& name) {
  const std::optional<DType> dtype = parse_dtype(name);
  if (!dtype) throw nb::value_error(("unknown dtype '" + name + "'").c_str());
  return *dtype;
}

int add_weight(graph::Builder& builder, std::string name, nb::handle buffer, const std::string& dtype_name, std::optional<Shape> shape,
               const std::optional<std::string>& in_model, bool in_file) {
  const DType dtype = dtype_named(dtype_name);
  const DType wanted = in_model ? dtype_named(*in_model) : dtype;
  const Held held = in_file ? Held::kInFile : Held::kInMemory;
  const auto memory = std::make_shared<const BorrowedBuffer>(buffer);
  if (shape && !memory->is_contiguous() && *shape != memory->shape()) {
    throw nb::value_error(("weight '" + name + "': memory with strides has the shape that it has").c_str());
  }
  if (!memory->is_contiguous()) {
    Array strided = as_in_model(strided_weight(name, memory, dtype, held), wanted);
    return builder.weight(std::move(name), std::move(strided)).index;
  }
  Array array = borrow(dtype, shape ? *std::move(shape) : memory->shape(), memory->bytes(), memory, held);
  if (array.bytes() != memory->bytes().size()) {
    throw nb::value_error(("weight '" + name + "': the buffer has " + std::to_string(memory->bytes().size()) + " bytes, " + dtype_name +
                           " of its shape takes " + std::to_string(array.bytes()))
                              .c_str());
  }
  return builder.weight(std::move(name), as_in_model(array, wanted)).index;
}

void need_open(const graph::Builder& builder) {
  if (builder.depth() == 0) throw nb::value_error("no function is open: call begin_function first");
}

nb::list add_node(graph::Builder& builder, std::string op, const nb::list& args, const nb::list& outputs, std::string path,
                  const std::optional<nb::list>& functions) {
  need_open(builder);
  std::vector<graph::Argument> arguments;
  arguments.reserve(args.size());
  for (const nb::handle item : args) {
    const nb::tuple pair = nb::borrow<nb::tuple>(item);
    if (!nb::isinstance<nb::tuple>(item) || pair.size() != 2) throw nb::type_error("args: a list of (name, value)");
    arguments.push_back({to_string(pair[0]), to_attribute(pair[1])});
  }
  std::vector<graph::Value> values;
  values.reserve(outputs.size());
  for (const nb::handle item : outputs) {
    const nb::tuple pair = nb::borrow<nb::tuple>(item);
    if (!nb::isinstance<nb::tuple>(item) || pair.size() != 2) throw nb::type_error("outputs: a list of (dtype, dims)");
    values.push_back({to_dtype(pair[0]), to_dims(pair[1])});
  }
  std::vector<graph::Function> nested;
  if (functions) {
    for (const nb::handle item : *functions) nested.push_back(nb::cast<const graph::Function&>(item));
  }
  nb::list ids;
  for (const graph::ValueId id : builder.node(std::move(op), std::move(arguments), std::move(values), std::move(path), std::move(nested))) {
    ids.append(id.index);
  }
  return ids;
}

}  // namespace

void bind_builder(nb::module_& module) {
  using graph::Builder;
  nb::class_<Builder>(module, "Builder")
      .def(nb::init<>())
      .def("weight", add_weight, nb::arg("name"), nb::arg("buffer"), nb::arg("dtype"), nb::arg("shape") = nb::none(),
           nb::arg("in_model") = nb::none(), nb::arg("in_file") = false,
           "A weight over memory, which is borrowed and kept alive; strides are multiples of an element, and not negative.\n"
           "bfloat16 and the like come as unsigned integers of their width, int4 as packed bytes with its shape.\n"
           "`in_model`: the dtype of the weight, where the memory has another. `in_file`: it is a read-only mapping of a file.")
      .def(
          "state",
          [](Builder& self, std::string name, const nb::str& dtype, const nb::object& dims, int initial) {
            return self.state(std::move(name), to_dtype(dtype), to_dims(dims), {initial}).index;
          },
          nb::arg("name"), nb::arg("dtype"), nb::arg("dims"), nb::arg("initial"))
      .def("begin_function", &Builder::begin_function, nb::arg("name"))
      .def(
          "input",
          [](Builder& self, std::string name, const nb::str& dtype, const nb::object& dims) {
            need_open(self);
            return self.input(std::move(name), to_dtype(dtype), to_dims(dims)).index;
          },
          nb::arg("name"), nb::arg("dtype"), nb::arg("dims"))
      .def("node", add_node, nb::arg("op"), nb::arg("args"), nb::arg("outputs"), nb::arg("path") = "", nb::arg("functions") = nb::none(),
           "A node with args [(name, value)] and outputs [(dtype, dims)]; returns the ids of its outputs.")
      .def(
          "output",
          [](Builder& self, std::string name, int value) {
            need_open(self);
            self.output(std::move(name), {value});
          },
          nb::arg("name"), nb::arg("value"))
      .def(
          "end_function",
          [](Builder& self) {
            need_open(self);
            return self.end_function();
          },
          "The function, for node(functions=…), if it was nested; else None.")
      .def("proven", &Builder::proven, nb::arg("symbol"), nb::arg("sizes"))
      .def(
          "valid",
          [](Builder& self, std::string function, std::string_view length) { self.valid(std::move(function), take(Dim::parse(length))); },
          nb::arg("function"), nb::arg("length"), "A length that must not be negative for the function to hold.")
      .def(
          "build",
          [](Builder& self) {
            if (self.depth() != 0) throw nb::value_error("a function is still open: call end_function first");
            graph::Module built = std::move(self).build();
            self = Builder();
            return built;
          },
          "The module; the builder is empty afterwards.");
}

}  // namespace kelt::binding
