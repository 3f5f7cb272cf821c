#include "binding/runtime.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "binding/array.h"
#include "binding/error.h"
#include "litert/read.h"
#include "litert/summary.h"
#include "observe/outside.h"
#include "runtime/library.h"
#include "runtime/runtime.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

using runtime::CompiledModel;
using runtime::OpenOptions;
using runtime::Runtime;

using Scale = std::optional<std::pair<float, int64_t>>;           // of integers, with their zero point
using Port = std::tuple<std::string, std::string, Shape, Scale>;  // name, dtype, shape, scale
using Signature = std::tuple<std::string, std::vector<Port>, std::vector<Port>>;

OpenOptions read_options(int threads, const std::string& kernels, bool profile, const std::string& weight_cache) {
  return {.threads = threads, .kernels = read_kernels(kernels), .profile = profile, .weight_cache = weight_cache};
}

std::vector<Port> ports_of(const std::vector<runtime::TensorInfo>& tensors) {
  std::vector<Port> ports;
  for (const runtime::TensorInfo& tensor : tensors) {
    Scale quantization;
    if (tensor.quantization) quantization.emplace(tensor.quantization->scale, tensor.quantization->zero_point);
    ports.emplace_back(tensor.name, std::string(name(tensor.dtype)), tensor.shape, quantization);
  }
  return ports;
}

std::vector<Signature> signatures(const CompiledModel& model) {
  std::vector<Signature> all;
  for (const runtime::SignatureInfo& signature : model.signatures()) {
    all.emplace_back(signature.key, ports_of(signature.inputs), ports_of(signature.outputs));
  }
  return all;
}

// Calls work() → Result<T> without the interpreter's lock: it may wait for another thread that runs the model.
template <typename Work>
auto without_gil(const Work& work) {
  auto result = [&] {
    const nb::gil_scoped_release release;
    return work();
  }();
  return take(std::move(result));
}

void set_inputs(CompiledModel& model, const std::string& signature, const std::map<std::string, GivenArray>& given) {
  const std::vector<runtime::Input> inputs = read_inputs(given);
  without_gil([&] { return model.set_inputs(signature, inputs); });
}

nb::dict run_model(CompiledModel& model, const std::string& signature, const std::map<std::string, GivenArray>& given,
                   const std::map<std::string, GivenTarget>& out) {
  const std::vector<runtime::Input> inputs = read_inputs(given);
  const std::vector<runtime::Target> targets = read_targets(out);
  return to_python(without_gil([&] { return model.run(signature, inputs, targets); }));
}

nb::dict read_outputs(CompiledModel& model, const std::string& signature) {
  return to_python(without_gil([&] { return model.outputs(signature); }));
}

// Seconds of each of `runs` invocations with the inputs as they are.
std::vector<double> time_runs(CompiledModel& model, const std::string& signature, int runs) {
  return without_gil([&]() -> Result<std::vector<double>> {
    std::vector<double> seconds;
    for (int i = 0; i < runs; ++i) {
      const auto start = std::chrono::steady_clock::now();
      KELT_RETURN_IF_ERROR(model.invoke(signature));
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return seconds;
  });
}

// Partitions, and (subgraph, operator, name) of every node outside.
nb::tuple delegation(CompiledModel& model, const std::string& signature) {
  const runtime::Delegation found = runtime::delegation(without_gil([&] { return model.profile(signature); }));
  nb::list outside;
  for (const runtime::Outside& node : found.outside) outside.append(nb::make_tuple(node.subgraph, node.op, node.name));
  return nb::make_tuple(found.partitions, outside);
}

// (tensor, why, remedy) of each of the nodes that `delegation` names outside.
nb::list reasons_outside(const Runtime& self, const std::string& path,
                         const std::vector<std::tuple<int64_t, int64_t, std::string>>& nodes) {
  std::vector<runtime::Outside> outside;
  for (const auto& [subgraph, op, name] : nodes) outside.push_back({subgraph, op, name});
  const auto reasons = without_gil([&]() -> Result<std::vector<observe::Reason>> {
    KELT_ASSIGN_OR_RETURN(const litert::Model model, litert::read_model(path));
    return observe::reasons_outside(self, model, outside);
  });
  nb::list all;
  for (const observe::Reason& reason : reasons) all.append(nb::make_tuple(reason.tensor, reason.why, reason.remedy));
  return all;
}

CompiledModel open_file(const Runtime& self, const std::string& path, int threads, const std::string& kernels, bool profile,
                        const std::string& weight_cache) {
  const OpenOptions options = read_options(threads, kernels, profile, weight_cache);
  return without_gil([&] { return self.open(path, options); });
}

CompiledModel open_bytes(const Runtime& self, const nb::bytes& file, int threads, const std::string& kernels, bool profile) {
  const OpenOptions options = read_options(threads, kernels, profile, {});
  const std::span bytes(static_cast<const std::byte*>(file.data()), file.size());
  return without_gil([&] { return self.open(bytes, options); });
}

// How often each operator stands in a file, by name.
std::map<std::string, size_t> count_operators(const std::string& path) {
  const litert::Model model = take(litert::read_model(path));
  std::map<std::string, size_t> counts;
  for (const litert::OpCount& op : litert::summarize(model).operators) counts[op.name] += op.count;
  return counts;
}

}  // namespace

runtime::Kernels read_kernels(const std::string& text) {
  if (text == "builtin") return runtime::Kernels::kBuiltin;
  if (text == "reference") return runtime::Kernels::kReference;
  if (text != "delegate") raise({.code = Code::kInvalidArgument, .what = "kernels must be delegate, builtin or reference, not " + text});
  return runtime::Kernels::kDelegate;
}

void bind_runtime(nb::module_& module) {
  module.def("count_operators", &count_operators);
  module.def("can_be_bound",
             [](const Bytes& bytes) { return runtime::can_be_bound(std::as_bytes(std::span(bytes.data(), bytes.size()))); });
  module.def("find_library", [] { return take(runtime::find_library()); });

  nb::class_<CompiledModel>(module, "CompiledModel")
      .def_prop_ro("signatures", &signatures)
      .def(
          "resize",
          [](CompiledModel& self, const std::string& signature, const std::string& input, const Shape& shape, bool any_dim) {
            without_gil([&] { return self.resize(signature, input, shape, any_dim); });
          },
          nb::arg("signature"), nb::arg("input"), nb::arg("shape"), nb::arg("any_dim") = false)
      .def("run", &run_model)
      .def("copies", [](const CompiledModel& self) { return without_gil([&] { return Result<size_t>(self.copies()); }); })
      .def("set_inputs", &set_inputs)
      .def("outputs", &read_outputs)
      .def("time_runs", &time_runs)
      .def("fully_delegated", [](const CompiledModel& self) { return without_gil([&] { return self.fully_delegated(); }); })
      .def("delegation", &delegation);

  nb::class_<Runtime>(module, "Runtime")
      .def_static("load", [](const std::string& path) { return take(Runtime::load(path)); })
      .def("reasons_outside", &reasons_outside)
      .def("open_file", &open_file, nb::arg("path"), nb::arg("threads") = 1, nb::arg("kernels") = "delegate", nb::arg("profile") = false,
           nb::arg("weight_cache") = "")
      .def("open_bytes", &open_bytes, nb::arg("file"), nb::arg("threads") = 1, nb::arg("kernels") = "delegate", nb::arg("profile") = false);
}

}  // namespace kelt::binding
