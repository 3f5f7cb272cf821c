#include "binding/module.h"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "binding/attribute.h"
#include "binding/error.h"
#include "graph/module.h"
#include "graph/parse.h"
#include "graph/print.h"
#include "graph/store.h"
#include "graph/verify.h"
#include "lower/table.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

using graph::Function;
using graph::Module;
using graph::Node;
using graph::Port;
using graph::State;
using graph::Weight;

// A list of references into `items`, which keep `owner` alive.
template <typename T>
nb::list references(const std::vector<T>& items, nb::handle owner) {
  nb::list list;
  for (const T& item : items) list.append(nb::cast(&item, nb::rv_policy::reference_internal, owner));
  return list;
}

nb::list ports(const std::vector<Port>& items) {
  nb::list list;
  for (const Port& port : items) list.append(nb::make_tuple(from_string(port.name), port.value.index));
  return list;
}

nb::list values(const Function& function) {
  nb::list list;
  for (const graph::Value& value : function.values) list.append(nb::make_tuple(from_string(name(value.dtype)), from_dims(value.dims)));
  return list;
}

nb::list arguments(const Node& node) {
  nb::list list;
  for (const graph::Argument& argument : node.args) {
    list.append(nb::make_tuple(from_string(argument.name), from_attribute(argument.value)));
  }
  return list;
}

nb::list outputs(const Node& node) {
  nb::list list;
  for (const graph::ValueId id : node.outputs) list.append(id.index);
  return list;
}

nb::object read_bytes(const Weight& weight) {
  const std::vector<std::byte> bytes = take(read_all(weight.array));
  return nb::bytes(bytes.data(), bytes.size());
}

nb::dict proven(const Module& module) {
  nb::dict sizes;
  for (const auto& [symbol, at] : module.proven_sizes) {
    nb::list list;
    for (const int64_t size : at) list.append(size);
    sizes[from_string(symbol)] = list;
  }
  return sizes;
}

nb::dict valid(const Module& module) {
  nb::dict lengths;
  for (const auto& [function, length] : module.valid_sizes) {
    const nb::str name = from_string(function);
    if (!lengths.contains(name)) lengths[name] = nb::list();
    nb::cast<nb::list>(lengths[name]).append(from_string(length.to_string()));
  }
  return lengths;
}

void bind_parts(nb::module_& module) {
  nb::class_<Function>(module, "Function")
      .def_prop_ro("name", [](const Function& self) { return from_string(self.name); })
      .def_prop_ro(
          "inputs", [](const Function& self) { return ports(self.inputs); }, "[(name, value)]")
      .def_prop_ro(
          "outputs", [](const Function& self) { return ports(self.outputs); }, "[(name, value)]")
      .def_prop_ro("values", values, "[(dtype, dims)]")
      .def_prop_ro("nodes", [](nb::handle self) { return references(nb::cast<const Function&>(self).nodes, self); })
      .def("__str__", [](const Function& self) { return from_string(print(self)); });
  nb::class_<Node>(module, "Node")
      .def_prop_ro("op", [](const Node& self) { return from_string(self.op); })
      .def_prop_ro("args", arguments, "[(name, value)]")
      .def_prop_ro("outputs", outputs, "Ids of values.")
      .def_prop_ro("path", [](const Node& self) { return from_string(self.path); })
      .def_prop_ro("functions", [](nb::handle self) { return references(nb::cast<const Node&>(self).functions, self); });
  nb::class_<Weight>(module, "Weight")
      .def_prop_ro("name", [](const Weight& self) { return from_string(self.name); })
      .def_prop_ro("dtype", [](const Weight& self) { return from_string(name(self.array.dtype)); })
      .def_prop_ro("shape", [](const Weight& self) { return self.array.shape; })
      .def("read", read_bytes, "Its bytes, row-major.");
  nb::class_<State>(module, "State")
      .def_prop_ro("name", [](const State& self) { return from_string(self.name); })
      .def_prop_ro("dtype", [](const State& self) { return from_string(name(self.dtype)); })
      .def_prop_ro("dims", [](const State& self) { return from_dims(self.dims); })
      .def_prop_ro("initial", [](const State& self) { return self.initial.index; }, "Id of the weight that it begins with.");
}

}  // namespace

void bind_module(nb::module_& module) {
  bind_parts(module);
  nb::class_<Module>(module, "Module")
      .def("functions", [](nb::handle self) { return references(nb::cast<const Module&>(self).functions, self); })
      .def("weights", [](nb::handle self) { return references(nb::cast<const Module&>(self).weights, self); })
      .def("states", [](nb::handle self) { return references(nb::cast<const Module&>(self).states, self); })
      .def("proven", proven, "{symbol: sizes at which it was proven}")
      .def("valid", valid, "{function: lengths that must not be negative}")
      .def("__str__", [](const Module& self) { return from_string(print(self)); })
      .def(
          "verify", [](const Module& self) { take(graph::verify(self, lower::find_facts)); },
          "Raises Error where it breaks a rule of the graph.")
      .def(
          "save", [](const Module& self, const std::filesystem::path& directory) { take(graph::save(self, directory)); },
          nb::arg("directory"))
      .def_static(
          "load", [](const std::filesystem::path& directory) { return take(graph::load(directory)); }, nb::arg("directory"))
      .def_static("parse", [](const std::string& text) { return take(graph::parse(text)); }, nb::arg("text"));
}

}  // namespace kelt::binding
