#include "quantize/layers.h"

namespace kelt::quantize {
namespace {

// Whether the pattern matches all of the text. A * that fails is tried with one character more.
bool matches_all(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, kept = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      kept = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++kept;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::string name_of(const litert::Operator& op) {
  return op.code == litert::BuiltinOperator::CUSTOM ? op.custom_code : tflite::EnumNameBuiltinOperator(op.code);
}

std::string layer_of(const litert::Subgraph& graph, const litert::Operator& op) {
  if (!op.path.empty() || op.outputs.empty()) return op.path;
  const std::string& name = graph.tensors[static_cast<size_t>(op.outputs[0])].name;
  return name.substr(0, name.find(';'));  // TensorFlow lists what it fused
}

bool matches(std::string_view pattern, std::string_view path) {
  for (size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
    if (matches_all(pattern, path.substr(0, end))) return true;
  }
  return matches_all(pattern, path);
}

}  // namespace kelt::quantize
