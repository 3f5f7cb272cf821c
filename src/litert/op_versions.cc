#include "litert/op_versions.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace kelt::litert {
namespace {

// Constants outside of the flatbuffer can be read since then.
constexpr std::string_view kExternalConstants = "2.14.0";
// Integers in blocks are read right since then. No version of an operator says so: older runtimes take the file, and most give wrong
// numbers (measured by scripts/readers: 2.14, LiteRT 1.2, 1.4 and 2.0).
constexpr std::string_view kBlockwise = "2.21.0";

bool older(std::string_view a, std::string_view b) {
  const auto numbers = [](std::string_view version) {
    std::array<int, 3> parts{};
    const char* at = version.data();
    const char* const end = at + version.size();
    for (int& part : parts) {
      at = std::from_chars(at, end, part).ptr;
      if (at != end) ++at;  // the point
    }
    return parts;
  };
  return numbers(a) < numbers(b);
}

}  // namespace

void set_versions(Model& model) {
  for (Subgraph& graph : model.subgraphs) {
    for (Operator& op : graph.operators) {
      if (op.code != BuiltinOperator::CUSTOM) op.version = required_version(op, graph);
    }
  }
}

std::string min_runtime_version(const Model& model, bool constants_outside) {
  std::string_view version = "1.5.0";  // the first of all
  for (const Subgraph& graph : model.subgraphs) {
    for (const Operator& op : graph.operators) {
      const std::string_view needed = min_runtime_version(op.code, op.version);
      if (older(version, needed)) version = needed;
    }
    const bool has_constants = std::ranges::any_of(graph.tensors, [](const Tensor& tensor) { return tensor.constant.has_value(); });
    if (constants_outside && has_constants && older(version, kExternalConstants)) version = kExternalConstants;
    const bool has_blocks = std::ranges::any_of(
        graph.tensors, [](const Tensor& tensor) { return tensor.quantization.details.AsBlockwiseQuantization() != nullptr; });
    if (has_blocks && older(version, kBlockwise)) version = kBlockwise;
  }
  return std::string(version);
}

}  // namespace kelt::litert
