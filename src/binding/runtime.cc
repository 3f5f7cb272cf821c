#include "binding/runtime.h"

#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "binding/array.h"
#include "binding/error.h"
#include "litert/read.h"
#include "litert/summary.h"
#include "runtime/library.h"
#include "runtime/runtime.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

using runtime::CompiledModel;
using runtime::OpenOptions;
using runtime::Runtime;

using Port = std::tuple<std::string, std::string, Shape>;  // name, dtype, shape
using Signature = std::tuple<std::string, std::vector<Port>, std::vector<Port>>;

OpenOptions read_options(int threads, const std::string& kernels, bool profile, const std::string& weight_cache) {
  OpenOptions options{.threads = threads, .profile = profile, .weight_cache = weight_cache};
  if (kernels == "builtin") {
    options.kernels = runtime::Kernels::kBuiltin;
  } else if (kernels == "reference") {
    options.kernels = runtime::Kernels::kReference;
  } else if (kernels != "delegate") {
    raise({.code = Code::kInvalidArgument, .what = "kernels must be delegate, builtin or reference, not " + kernels});
  }
  return options;
}

std::vector<Port> ports_of(const std::vector<runtime::TensorInfo>& tensors) {
  std::vector<Port> ports;
  for (const runtime::TensorInfo& tensor : tensors) ports.emplace_back(tensor.name, std::string(name(tensor.dtype)), tensor.shape);
  return ports;
}

std::vector<Signature> signatures(const CompiledModel& model) {
  std::vector<Signature> all;
  for (const runtime::SignatureInfo& signature : model.signatures()) {
    all.emplace_back(signature.key, ports_of(signature.inputs), ports_of(signature.outputs));
  }
  return all;
}

void set_inputs(CompiledModel& model, const std::string& signature, const std::map<std::string, GivenArray>& given) {
  const std::vector<runtime::Input> inputs = read_inputs(given);
  Result<void> done;
  {
    const nb::gil_scoped_release release;
    done = model.set_inputs(signature, inputs);
  }
  take(done);
}

nb::dict output_arrays(CompiledModel& model, const std::string& signature) {
  nb::dict all;
  for (const runtime::Output& output : take(model.outputs(signature))) {
    const nb::bytes bytes(output.bytes.data(), output.bytes.size());
    all[output.name.c_str()] = nb::make_tuple(std::string(name(output.dtype)), output.shape, bytes);
  }
  return all;
}

// Seconds of each of `runs` invocations with the inputs as they are.
std::vector<double> time_runs(CompiledModel& model, const std::string& signature, int runs) {
  std::vector<double> seconds;
  Result<void> done;
  {
    const nb::gil_scoped_release release;
    for (int i = 0; i < runs && done.ok(); ++i) {
      const auto start = std::chrono::steady_clock::now();
      done = model.invoke(signature);
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
  }
  take(done);
  return seconds;
}

// Partitions, and (subgraph, operator, name) of every node outside.
nb::tuple delegation(CompiledModel& model, const std::string& signature) {
  const runtime::Delegation found = runtime::delegation(take(model.profile(signature)));
  nb::list outside;
  for (const runtime::Outside& node : found.outside) outside.append(nb::make_tuple(node.subgraph, node.op, node.name));
  return nb::make_tuple(found.partitions, outside);
}

CompiledModel open_file(const Runtime& self, const std::string& path, int threads, const std::string& kernels, bool profile,
                        const std::string& weight_cache) {
  const OpenOptions options = read_options(threads, kernels, profile, weight_cache);
  const auto open = [&] {
    const nb::gil_scoped_release release;
    return self.open(path, options);
  };
  return take(open());
}

CompiledModel open_bytes(const Runtime& self, const nb::bytes& file, int threads, const std::string& kernels, bool profile) {
  const OpenOptions options = read_options(threads, kernels, profile, {});
  const std::span bytes(static_cast<const std::byte*>(file.data()), file.size());
  const auto open = [&] {
    const nb::gil_scoped_release release;
    return self.open(bytes, options);
  };
  return take(open());
}

// How often each operator stands in a file, by name.
std::map<std::string, size_t> count_operators(const std::string& path) {
  const litert::Model model = take(litert::read_model(path));
  std::map<std::string, size_t> counts;
  for (const litert::OpCount& op : litert::summarize(model).operators) counts[op.name] += op.count;
  return counts;
}

}  // namespace

void bind_runtime(nb::module_& module) {
  module.def("count_operators", &count_operators);
  module.def("find_library", [] { return take(runtime::find_library()); });

  nb::class_<CompiledModel>(module, "CompiledModel")
      .def_prop_ro("signatures", &signatures)
      .def(
          "resize",
          [](CompiledModel& self, const std::string& signature, const std::string& input, const Shape& shape, bool any_dim) {
            take(self.resize(signature, input, shape, any_dim));
          },
          nb::arg("signature"), nb::arg("input"), nb::arg("shape"), nb::arg("any_dim") = false)
      .def("set_inputs", &set_inputs)
      .def("invoke",
           [](CompiledModel& self, const std::string& signature) {
             const auto run = [&] {
               const nb::gil_scoped_release release;
               return self.invoke(signature);
             };
             take(run());
           })
      .def("outputs", &output_arrays)
      .def("time_runs", &time_runs)
      .def("fully_delegated", [](const CompiledModel& self) { return take(self.fully_delegated()); })
      .def("delegation", &delegation);

  nb::class_<Runtime>(module, "Runtime")
      .def_static("load", [](const std::string& path) { return take(Runtime::load(path)); })
      .def("open_file", &open_file, nb::arg("path"), nb::arg("threads") = 1, nb::arg("kernels") = "delegate", nb::arg("profile") = false,
           nb::arg("weight_cache") = "")
      .def("open_bytes", &open_bytes, nb::arg("file"), nb::arg("threads") = 1, nb::arg("kernels") = "delegate", nb::arg("profile") = false);
}

}  // namespace kelt::binding
