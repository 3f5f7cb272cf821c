#include "graph/own_nodes.h"

#include <algorithm>
#include <array>

#include "graph/op_facts.h"

namespace kelt::graph {
namespace {

constexpr std::array<OwnNode, 10> kOwnNodes = {{
    {"cond", Kind::kCond, "operands"},
    {"constant", Kind::kConstant},
    {"quantized_weight", Kind::kQuantizedWeight},
    {"read_state", Kind::kReadState},
    {"rnn", Kind::kRnn, "inputs initial_states captures", "initial_states", "inputs", 1},
    {"scan", Kind::kScan, "init xs captures", "init", "xs", 0},
    {"switch", Kind::kSwitch, "operands"},
    {"weight", Kind::kWeight},
    {"while_loop", Kind::kWhileLoop, "loop_vars captures", "loop_vars"},
    {"write_state", Kind::kWriteState},
}};

}  // namespace

std::span<const OwnNode> own_nodes() { return kOwnNodes; }

const OwnNode* find_own_node(std::string_view op) {
  const auto* found = std::ranges::find(kOwnNodes, op, &OwnNode::op);
  return found == kOwnNodes.end() ? nullptr : found;
}

Kind kind_of(const Node& node) {
  const OwnNode* own = find_own_node(node.op);
  return own == nullptr ? Kind::kOp : own->kind;
}

bool is_source_kind(Kind kind) { return kind == Kind::kWeight || kind == Kind::kConstant; }

bool is_source(const Node& node) { return is_source_kind(kind_of(node)); }

bool touches_state(const Node& node) {
  const Kind kind = kind_of(node);
  return kind == Kind::kReadState || kind == Kind::kWriteState;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) found.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace kelt::graph
