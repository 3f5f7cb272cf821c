// Versions that promise less than the operators need.

#include <algorithm>
#include <map>

#include "litert/op_info.h"
#include "litert/op_versions.h"
#include "quantize/validate.h"

namespace kelt::quantize {
namespace {

constexpr const char* kVersion = "Q17";
constexpr const char* kRuntime = "Q18";

// What the metadata says; empty without.
std::string stated_runtime(const litert::Model& model) {
  const auto found = std::ranges::find(model.metadata, "min_runtime_version", &litert::Metadata::name);
  if (found == model.metadata.end()) return "";
  const auto bytes = read_all(found->bytes);
  if (!bytes.ok()) return "";
  std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  text.erase(std::min(text.size(), text.find('\0')));
  return text;
}

// "2.3.0" → 2, 3, 0.
std::vector<int> numbers(const std::string& version) {
  std::vector<int> found = {0};
  for (const char c : version) {
    if (c == '.') {
      found.push_back(0);
    } else if (c >= '0' && c <= '9' && found.back() < 100000) {
      found.back() = found.back() * 10 + (c - '0');
    }
  }
  return found;
}

}  // namespace

std::vector<Fault> version_faults_of(const litert::Model& model) {
  std::vector<Fault> faults;
  std::map<std::pair<std::string, int>, size_t> known;  // operator and version that it needs → index of its fault
  for (size_t i = 0; i < model.subgraphs.size(); ++i) {
    const litert::Subgraph& graph = model.subgraphs[i];
    for (size_t at = 0; at < graph.operators.size(); ++at) {
      const litert::Operator& op = graph.operators[at];
      const int needed = litert::required_version(op, graph);
      if (op.version >= needed || !known.try_emplace({litert::op_name(op.code), needed}, faults.size()).second) continue;
      const std::string runtime(litert::min_runtime_version(op.code, needed));
      faults.push_back({.rule = kVersion,
                        .subgraph = static_cast<int>(i),
                        .op = at,
                        .what = "it is written as version " + std::to_string(op.version) + " and needs " + std::to_string(needed) +
                                (runtime.empty() ? "" : ", which runtimes have since " + runtime) +
                                ": an older runtime may load the file and compute something else",
                        .remedy = "Write the version that holds"});
    }
  }
  litert::Model right = model;
  litert::set_versions(right);
  const std::string needed = litert::min_runtime_version(right, model.constants_outside), stated = stated_runtime(model);
  if (numbers(stated) < numbers(needed) && !model.subgraphs.empty() && !model.subgraphs[0].operators.empty()) {
    faults.push_back(
        {.rule = kRuntime,
         .what = (stated.empty() ? "the file doesn't say min_runtime_version" : "the file says min_runtime_version " + stated) +
                 ", its operators need " + needed,
         .remedy = "Write the version of the runtime that has them all"});
  }
  return faults;
}

}  // namespace kelt::quantize
