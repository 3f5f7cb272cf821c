// binding/attribute.h — arguments, dims and types, from Python and to it.
//
// None, bool, int, float, str, slice and Ellipsis are themselves; a list or tuple is a list; ValueRef, WeightRef, StateRef,
// DTypeName and DimExpr are wrappers. Dims are lists of int or of the text of a Dim ("2*n + 1", "?").

#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "graph/module.h"

namespace kelt::binding {

// Registers the wrapper classes.
void bind_attribute(nanobind::module_& module);

[[nodiscard]] graph::Attribute to_attribute(nanobind::handle object, int depth = 0);
[[nodiscard]] nanobind::object from_attribute(const graph::Attribute& attribute);

[[nodiscard]] Dims to_dims(nanobind::handle object);
[[nodiscard]] nanobind::list from_dims(const Dims& dims);
[[nodiscard]] DType to_dtype(nanobind::handle object);  // of a str

[[nodiscard]] std::string to_string(nanobind::handle object);  // of a str; TypeError else
[[nodiscard]] nanobind::str from_string(std::string_view text);

}  // namespace kelt::binding
