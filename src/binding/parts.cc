#include "binding/parts.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "binding/array.h"
#include "binding/error.h"
#include "binding/runtime.h"
#include "observe/parts.h"

namespace nb = nanobind;

namespace kelt::binding {
namespace {

// A signature of a file, cut.
struct FileInParts {
  observe::File file;
  const litert::Signature* signature = nullptr;
  std::vector<observe::Part> parts;
};

FileInParts open_parts(const std::string& path, const std::string& signature, uint64_t most_bytes) {
  FileInParts made{.file = take(observe::read_file(path))};
  const std::vector<litert::Signature>& all = made.file.model.signatures;
  const auto found = std::ranges::find(all, signature, &litert::Signature::key);
  if (found == all.end()) raise({.code = Code::kNotFound, .what = "the file has no signature " + signature});
  made.signature = &*found;
  const std::vector<size_t> cuts = take(observe::cuts_for(made.file.model, *found, most_bytes));
  made.parts = take(observe::parts_at(made.file.model, *found, cuts));
  return made;
}

nb::dict run(const FileInParts& self, const runtime::Runtime& runtime, const std::map<std::string, GivenArray>& given,
             const std::string& kernels) {
  const std::vector<runtime::Input> inputs = read_inputs(given);
  const runtime::OpenOptions options{.kernels = read_kernels(kernels)};
  auto outputs = [&] {
    const nb::gil_scoped_release without_gil;
    return observe::run_parts(runtime, self.file, *self.signature, self.parts, inputs, options);
  }();
  return to_python(take(std::move(outputs)));
}

// Bytes of the constants of each part.
std::vector<uint64_t> sizes(const FileInParts& self) {
  std::vector<uint64_t> bytes;
  std::ranges::transform(self.parts, std::back_inserter(bytes), &observe::Part::bytes);
  return bytes;
}

}  // namespace

void bind_parts(nb::module_& module) {
  nb::class_<FileInParts>(module, "FileInParts")
      .def_static("open", &open_parts, nb::arg("path"), nb::arg("signature"), nb::arg("most_bytes"))
      .def("run", &run, nb::arg("runtime"), nb::arg("inputs"), nb::arg("kernels") = "delegate")
      .def_prop_ro("sizes", &sizes);
}

}  // namespace kelt::binding
