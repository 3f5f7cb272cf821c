#include "quantize/layers.h"

#include <algorithm>

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

// What a converter joins into the name of a result: TensorFlow "a/Relu;a/BiasAdd", litert-torch "a;;a/b;;a/c;7", each module around what it
// fused, outermost first, and a number.
std::string_view layer_in(std::string_view name) {
  constexpr std::string_view kJoined = ";;";
  const auto piece_at = [&](size_t at) { return name.substr(at, name.find(';', at) - at); };
  std::string_view deepest = piece_at(0);
  for (size_t at = name.find(kJoined); at != std::string_view::npos; at = name.find(kJoined, at + 1)) {
    const std::string_view piece = piece_at(at + kJoined.size());
    if (!piece.empty() && std::ranges::count(piece, '/') >= std::ranges::count(deepest, '/')) deepest = piece;
  }
  return deepest;
}

}  // namespace

std::string name_of(const litert::Operator& op) {
  return op.code == litert::BuiltinOperator::CUSTOM ? op.custom_code : tflite::EnumNameBuiltinOperator(op.code);
}

std::string layer_of(const litert::Subgraph& graph, const litert::Operator& op) {
  if (!op.path.empty() || op.outputs.empty()) return op.path;
  return std::string(layer_in(graph.tensors[static_cast<size_t>(op.outputs[0])].name));
}

bool matches(std::string_view pattern, std::string_view path) {
  for (size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
    if (matches_all(pattern, path.substr(0, end))) return true;
  }
  return matches_all(pattern, path);
}

}  // namespace kelt::quantize
