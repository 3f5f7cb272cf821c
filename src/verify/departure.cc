#include "verify/departure.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <system_error>

#include "litert/read.h"
#include "litert/sources.h"
#include "verify/expose.h"
#include "write/write.h"

namespace kelt::verify {
namespace {

// How many tensors are shown at once: they are all in memory.
constexpr size_t kGroup = 128;

// A file that is gone with its name.
class TemporaryFile {
 public:
  [[nodiscard]] static Result<TemporaryFile> make() {
    std::error_code failed;
    std::string path = (std::filesystem::temp_directory_path(failed) / "kelt-XXXXXX.tflite").string();
    const int file = failed ? -1 : mkstemps(path.data(), 7);
    if (file < 0)
      return Error{.code = Code::kIo, .what = "no temporary file can be made", .remedy = "Set TMPDIR to a folder that can be written"};
    close(file);
    return TemporaryFile(std::move(path));
  }
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Whether a product of the file has floats on one side and integers on the other.
bool rounds_activations(const litert::Model& model) {
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (const litert::Operator& op : subgraph.operators) {
      if (op.code != litert::BuiltinOperator::FULLY_CONNECTED) continue;
      const litert::TensorType weights = subgraph.tensors[op.inputs[1]].type;
      const bool integers = weights == litert::TensorType::INT8 || weights == litert::TensorType::INT4;
      if (integers && subgraph.tensors[op.inputs[0]].type == litert::TensorType::FLOAT32) return true;
    }
  }
  return false;
}

class Searcher {
 public:
  Searcher(const runtime::Runtime& runtime, const litert::Model& model, const litert::Signature& signature,
           std::span<const runtime::Input> inputs, const Reference& reference)
      : runtime_(runtime), model_(model), signature_(signature), inputs_(inputs), reference_(reference) {}

  // A group that the runtime refuses to show is halved until it is clear which tensor it can't.
  Result<void> search(std::span<const litert::TensorId> tensors) {
    if (tensors.empty() || found_.first) return {};
    std::vector<Shown> shown;
    const Result<std::vector<runtime::Output>> outputs = run(tensors, shown);
    if (outputs.ok()) return compare_all(*outputs, shown);
    if (outputs.error().code != Code::kRuntime) return outputs.error();
    if (tensors.size() == 1) {
      ++found_.hidden;
      return {};
    }
    KELT_RETURN_IF_ERROR(search(tensors.first(tensors.size() / 2)));
    return search(tensors.subspan(tensors.size() / 2));
  }

  [[nodiscard]] const Search& found() const { return found_; }

 private:
  Result<std::vector<runtime::Output>> run(std::span<const litert::TensorId> tensors, std::vector<Shown>& shown) {
    KELT_ASSIGN_OR_RETURN(const TemporaryFile file, TemporaryFile::make());
    KELT_RETURN_IF_ERROR(write::write_file(expose(model_, signature_, tensors, shown), file.path()));
    KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, runtime_.open(file.path()));
    return compiled.run(signature_.key, inputs_);
  }

  Result<void> compare_all(const std::vector<runtime::Output>& outputs, const std::vector<Shown>& shown) {
    std::map<std::string_view, const runtime::Output*> by_name;
    for (const runtime::Output& output : outputs) by_name[output.name] = &output;
    for (const Shown& one : shown) {
      const litert::Tensor& tensor = model_.subgraphs[signature_.subgraph].tensors[one.tensor];
      const runtime::Output& output = *by_name.at(one.output);
      KELT_ASSIGN_OR_RETURN(const std::optional<View> reference, reference_(*tensor.source));
      if (!reference) continue;
      Comparison comparison = compare({output.dtype, output.shape, output.bytes}, *reference, rounds_);
      if (comparison.ok()) {
        found_.agreed.push_back(*tensor.source);
        continue;
      }
      found_.first =
          Departure{.tensor = tensor.name, .op = maker_of(one.tensor), .source = *tensor.source, .comparison = std::move(comparison)};
      return {};
    }
    return {};
  }

  std::string maker_of(litert::TensorId tensor) const {
    for (const litert::Operator& op : model_.subgraphs[signature_.subgraph].operators) {
      if (std::ranges::find(op.outputs, tensor) != op.outputs.end()) return tflite::EnumNameBuiltinOperator(op.code);
    }
    return {};
  }

  const runtime::Runtime& runtime_;
  const litert::Model& model_;
  const litert::Signature& signature_;
  std::span<const runtime::Input> inputs_;
  const Reference& reference_;
  bool rounds_ = rounds_activations(model_);
  Search found_;
};

}  // namespace

Result<Search> find_departure(const runtime::Runtime& runtime, const std::filesystem::path& file, std::string_view signature,
                              std::span<const runtime::Input> inputs, const Reference& reference) {
  KELT_ASSIGN_OR_RETURN(litert::Model model, litert::read_model(file));
  KELT_RETURN_IF_ERROR(litert::restore_sources(model));
  const auto chosen = std::ranges::find_if(model.signatures, [&](const litert::Signature& one) {
    return one.key == signature || (signature.empty() && model.signatures.size() == 1);
  });
  if (chosen == model.signatures.end()) {
    return Error{.code = Code::kNotFound, .what = "the file has no signature " + std::string(signature)};
  }
  const std::vector<litert::TensorId> tensors = comparable_tensors(model, *chosen);
  Searcher searcher(runtime, model, *chosen, inputs, reference);
  for (size_t begin = 0; begin < tensors.size() && !searcher.found().first; begin += kGroup) {
    KELT_RETURN_IF_ERROR(searcher.search(std::span(tensors).subspan(begin, std::min(kGroup, tensors.size() - begin))));
  }
  return searcher.found();
}

}  // namespace kelt::verify
