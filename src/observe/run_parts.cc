#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "observe/parts.h"

namespace kelt::observe {
namespace {

using litert::TensorId;

// A part while it is open, and which of its inputs have other lengths than the file says: those of the run before.
struct OpenPart {
  const Part& part;
  runtime::CompiledModel compiled;
  std::set<TensorId> resized;
};

// The tensors that are alive while parts run on one sample.
class Run {
 public:
  Run(const File& file, const litert::Signature& signature)
      : graph_(file.model.subgraphs[static_cast<size_t>(signature.subgraph)]), signature_(signature) {}

  Result<void> give(std::span<const runtime::Input> inputs) {
    for (const litert::SignaturePort& port : signature_.inputs) {
      const auto found = std::ranges::find(inputs, std::string_view(port.name), &runtime::Input::name);
      if (found == inputs.end()) {
        return Error{.code = Code::kInvalidArgument, .what = "the input " + port.name + " of " + signature_.key + " is missing"};
      }
      given_[port.tensor] = *found;
    }
    return {};
  }

  Result<void> run(OpenPart& open) {
    const std::vector<TensorId>& ids = open.part.inputs;
    std::vector<std::string> names;
    std::ranges::transform(ids, std::back_inserter(names), [](TensorId id) { return std::to_string(id); });
    std::vector<runtime::Input> inputs;
    for (size_t i = 0; i < names.size(); ++i) {
      runtime::Input input = value_of(ids[i]);
      input.name = names[i];
      // What a file says of the lengths of a tensor inside need not be so at other sizes of its inputs.
      if (!given_.contains(ids[i]) && (!has_shape(ids[i], input.shape) || open.resized.contains(ids[i]))) {
        KELT_RETURN_IF_ERROR(open.compiled.resize(kPart, names[i], input.shape, true));
        open.resized.insert(ids[i]);
      }
      inputs.push_back(std::move(input));
    }
    KELT_ASSIGN_OR_RETURN(std::vector<runtime::Output> outputs, open.compiled.run(kPart, inputs));
    for (size_t i = 0; i < outputs.size(); ++i) made_[open.part.outputs[i]] = std::move(outputs[i]);
    return {};
  }

  [[nodiscard]] const runtime::Output& made(TensorId id) const { return made_.at(id); }
  void drop_but(const std::set<TensorId>& alive) {
    std::erase_if(made_, [&](const auto& entry) { return !alive.contains(entry.first); });
  }

  Result<std::vector<runtime::Output>> take_outputs() {
    std::vector<runtime::Output> outputs;
    for (const litert::SignaturePort& port : signature_.outputs) {
      KELT_ASSIGN_OR_RETURN(runtime::Output output, output_of(port.tensor));
      output.name = port.name;
      outputs.push_back(std::move(output));
    }
    return outputs;
  }

 private:
  [[nodiscard]] bool has_shape(TensorId id, const Shape& shape) const {
    const Dims& dims = graph_.tensors[static_cast<size_t>(id)].dims;
    return std::ranges::equal(dims, shape, [](const Dim& dim, int64_t length) { return dim.value().value_or(length) == length; });
  }

  [[nodiscard]] runtime::Input value_of(TensorId id) const {
    if (const auto found = given_.find(id); found != given_.end()) return found->second;
    const runtime::Output& made = made_.at(id);
    return {.name = {}, .dtype = made.dtype, .shape = made.shape, .bytes = {made.bytes.data(), made.bytes.size()}};
  }

  [[nodiscard]] Result<runtime::Output> output_of(TensorId id) {
    if (const auto& constant = graph_.tensors[static_cast<size_t>(id)].constant) {
      KELT_ASSIGN_OR_RETURN(runtime::HostMemory memory, runtime::HostMemory::allocate(constant->source->size()));
      KELT_RETURN_IF_ERROR(constant->source->read(0, memory));
      return runtime::Output{.name = {}, .dtype = constant->dtype, .shape = constant->shape, .bytes = std::move(memory)};
    }
    const bool once = std::ranges::count(signature_.outputs, id, &litert::SignaturePort::tensor) == 1;
    if (const auto found = made_.find(id); found != made_.end() && once) return std::move(found->second);
    const runtime::Input value = value_of(id);
    KELT_ASSIGN_OR_RETURN(runtime::HostMemory memory, runtime::HostMemory::copy_of(value.bytes));
    return runtime::Output{.name = {}, .dtype = value.dtype, .shape = value.shape, .bytes = std::move(memory)};
  }

  const litert::Subgraph& graph_;
  const litert::Signature& signature_;
  std::map<TensorId, runtime::Input> given_;
  std::map<TensorId, runtime::Output> made_;
};

// What has been computed of a part, before it is dropped where nobody reads it; false ends the runs.
using Seen = std::function<Result<bool>(const Part& part)>;

// Each part in turn with all runs, one part at a time in memory; `unseen` are the same without outputs that nobody computes with, and
// run where the runtime can't give those.
Result<void> run_each(const runtime::Runtime& runtime, const File& file, const litert::Signature& signature, std::span<const Part> parts,
                      std::span<const Part> unseen, std::span<Run> runs, const Seen& seen, const runtime::OpenOptions& options) {
  std::vector<std::set<TensorId>> alive(parts.size());  // behind each part
  for (const litert::SignaturePort& port : signature.outputs) alive.back().insert(port.tensor);
  for (size_t i = parts.size(); i-- > 1;) {
    alive[i - 1] = alive[i];
    alive[i - 1].insert(parts[i].inputs.begin(), parts[i].inputs.end());
  }
  const auto run_part = [&](const Part& part) -> Result<void> {
    if (part.outputs.empty()) return {};
    KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, open(runtime, file, part.model, options));
    OpenPart open{.part = part, .compiled = std::move(compiled), .resized = {}};
    for (Run& run : runs) KELT_RETURN_IF_ERROR(run.run(open));
    return {};
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    const Part* part = &parts[i];
    Result<void> ran = run_part(*part);
    if (!ran.ok() && ran.error().code == Code::kRuntime && unseen[i].outputs.size() < part->outputs.size()) {
      part = &unseen[i];
      ran = run_part(*part);
    }
    KELT_RETURN_IF_ERROR(std::move(ran).note("in part " + std::to_string(i + 1) + " of " + std::to_string(parts.size())));
    KELT_ASSIGN_OR_RETURN(const bool goes_on, seen(*part));
    if (!goes_on) return {};
    for (Run& run : runs) run.drop_but(alive[i]);
  }
  return {};
}

// Each part with all samples.
Result<void> observe_parts(const runtime::Runtime& runtime, const File& file, const litert::Signature& signature,
                           std::span<const size_t> cuts, std::span<const Place> places, std::span<const Sample> samples,
                           const Observer& observer, const runtime::OpenOptions& options) {
  std::set<TensorId> wanted;
  for (const Place& place : places) {
    if (place.subgraph == signature.subgraph) wanted.insert(place.tensor);
  }
  KELT_ASSIGN_OR_RETURN(const std::vector<Part> parts, parts_at(file.model, signature, cuts, wanted));
  KELT_ASSIGN_OR_RETURN(const std::vector<Part> unseen, parts_at(file.model, signature, cuts));
  std::vector<Run> runs;
  for (const Sample& sample : samples) KELT_RETURN_IF_ERROR(runs.emplace_back(file, signature).give(sample));
  const Seen hand_out = [&](const Part& part) -> Result<bool> {
    for (const TensorId id : part.outputs) {
      if (!wanted.contains(id)) continue;
      for (size_t i = 0; i < runs.size(); ++i) {
        KELT_ASSIGN_OR_RETURN(const bool goes_on, observer(i, {.subgraph = signature.subgraph, .tensor = id}, runs[i].made(id)));
        if (!goes_on) return false;
      }
    }
    return true;
  };
  return run_each(runtime, file, signature, parts, unseen, runs, hand_out, options);
}

}  // namespace

Result<std::vector<runtime::Output>> run_parts(const runtime::Runtime& runtime, const File& file, const litert::Signature& signature,
                                               std::span<const Part> parts, std::span<const runtime::Input> inputs,
                                               const runtime::OpenOptions& options) {
  Run run(file, signature);
  KELT_RETURN_IF_ERROR(run.give(inputs));
  const Seen nothing = [](const Part& /*part*/) -> Result<bool> { return true; };
  KELT_RETURN_IF_ERROR(run_each(runtime, file, signature, parts, parts, {&run, 1}, nothing, options));
  return run.take_outputs();
}

Result<void> observe_within(uint64_t most_bytes, const runtime::Runtime& runtime, const File& file, const litert::Signature& signature,
                            std::span<const Place> places, std::span<const Sample> samples, const Observer& observer,
                            const runtime::OpenOptions& options) {
  if (most_bytes != 0) {
    const Result<std::vector<size_t>> cuts = cuts_for(file.model, signature, most_bytes);
    if (cuts.ok()) return observe_parts(runtime, file, signature, *cuts, places, samples, observer, options);
    if (cuts.error().code != Code::kUnsupported) return cuts.error();
  }
  KELT_ASSIGN_OR_RETURN(const std::vector<Group> groups, group_tensors(file.model, signature, places));
  const auto ran = observe(runtime, file, groups, samples, observer, options);
  return ran.ok() ? Result<void>() : ran.error();
}

}  // namespace kelt::observe
