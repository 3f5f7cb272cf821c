// binding/array.h — an array between Python and the core: (dtype, shape, bytes), so that every dtype of Keras can cross, also
// those that numpy has only by extension. python/kelt/runtime.py makes numpy arrays of them.

#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/runtime.h"

namespace kelt::binding {

using Bytes = nanobind::ndarray<const uint8_t, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;
using GivenArray = std::tuple<std::string, Shape, Bytes>;  // dtype, shape, bytes; borrowed while the tuple lives

using WritableBytes = nanobind::ndarray<uint8_t, nanobind::ndim<1>, nanobind::c_contig, nanobind::device::cpu>;
using GivenTarget = std::tuple<std::string, WritableBytes>;  // dtype, memory for an output

// "float32", or an exception.
[[nodiscard]] DType read_dtype(const std::string& text);
[[nodiscard]] std::span<const std::byte> bytes_of(const GivenArray& array);
[[nodiscard]] std::vector<runtime::Input> read_inputs(const std::map<std::string, GivenArray>& given);
[[nodiscard]] std::vector<runtime::Target> read_targets(const std::map<std::string, GivenTarget>& given);
// name → (dtype, shape, its bytes as an array of uint8; None where the caller gave memory)
[[nodiscard]] nanobind::dict to_python(std::vector<runtime::Output> outputs);

}  // namespace kelt::binding
