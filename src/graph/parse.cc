#include "graph/parse.h"

#include <charconv>

#include "graph/literal.h"
#include "graph/parser.h"

namespace kelt::graph {

Result<void> Parser::advance() {
  KELT_ASSIGN_OR_RETURN(token_, lexer_.next());
  return {};
}

Result<void> Parser::expect(char punctuation) {
  if (!is(punctuation)) return error(std::string("expected '") + punctuation + "'");
  return advance();
}

Result<std::string> Parser::take_text(TokenKind kind, std::string_view what) {
  if (!is(kind)) return error("expected " + std::string(what));
  std::string text = std::move(token_.text);
  KELT_RETURN_IF_ERROR(advance());
  return text;
}

Result<int> Parser::take_index(TokenKind kind, std::string_view what) {
  if (!is(kind)) return error("expected " + std::string(what));
  const int index = token_.index;
  KELT_RETURN_IF_ERROR(advance());
  return index;
}

Result<std::string> Parser::take_name(std::string_view what) {
  return take_text(is(TokenKind::kString) ? TokenKind::kString : TokenKind::kIdentifier, what);
}

Result<int64_t> Parser::take_integer() {
  if (!is(TokenKind::kInteger)) return error("expected a whole number");
  int64_t value = 0;
  const char* end = token_.text.data() + token_.text.size();
  if (std::from_chars(token_.text.data(), end, value).ec != std::errc()) return error("a number beyond 64 bits");
  KELT_RETURN_IF_ERROR(advance());
  return value;
}

Result<Module> Parser::module() {
  KELT_RETURN_IF_ERROR(advance());
  if (is_word("kelt")) {
    KELT_RETURN_IF_ERROR(advance());
    if (!is(TokenKind::kInteger) || token_.text != "1") return error("a version of the text form that this kelt does not read");
    KELT_RETURN_IF_ERROR(advance());
  }
  Module module;
  while (!is(TokenKind::kEnd)) {
    if (is_word("proven")) {
      KELT_RETURN_IF_ERROR(proven(module));
    } else if (is_word("valid")) {
      KELT_RETURN_IF_ERROR(valid(module));
    } else if (is_word("weight")) {
      KELT_RETURN_IF_ERROR(weight(module));
    } else if (is_word("state")) {
      KELT_RETURN_IF_ERROR(state(module));
    } else if (is_word("fn")) {
      KELT_ASSIGN_OR_RETURN(Function read, function(0));
      module.functions.push_back(std::move(read));
    } else {
      return error("expected proven, valid, weight, state or fn");
    }
  }
  return module;
}

// Notes that value `index` is defined here, with the type that follows.
Result<void> Parser::define(Scope& scope, int index) {
  const size_t offset = token_.offset;
  KELT_RETURN_IF_ERROR(expect(':'));
  KELT_ASSIGN_OR_RETURN(Value value, type());
  const auto slot = static_cast<size_t>(index);
  // Any order is fine, but no room is made for ids that the text is too short to define.
  if (slot > 2 * scope.count + 64) return lexer_.error_at(offset, "values are numbered without gaps");
  if (slot >= scope.defined.size()) {
    scope.defined.resize(slot + 1);
    scope.function.values.resize(slot + 1);
  }
  if (scope.defined[slot]) return lexer_.error_at(offset, "%" + std::to_string(index) + " is defined twice");
  scope.defined[slot] = true;
  ++scope.count;
  scope.function.values[slot] = std::move(value);
  return {};
}

Result<void> Parser::check_complete(const Scope& scope) const {
  for (size_t i = 0; i < scope.defined.size(); ++i) {
    if (!scope.defined[i]) return error("%" + std::to_string(i) + " is not defined, though higher numbers are");
  }
  return {};
}

Result<Function> Parser::function(int depth) {
  if (depth > kMaxDepth) return error("nested too deeply");
  if (!is_word("fn")) return error("expected fn");
  KELT_RETURN_IF_ERROR(advance());
  Scope scope;
  KELT_ASSIGN_OR_RETURN(scope.function.name, take_text(TokenKind::kString, "the name of a function"));
  KELT_RETURN_IF_ERROR(sequence('(', ')', [&]() -> Result<void> {
    KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kValue, "an input"));
    KELT_ASSIGN_OR_RETURN(std::string name, take_text(TokenKind::kString, "the name of an input"));
    scope.function.inputs.push_back({std::move(name), {index}});
    return define(scope, index);
  }));
  KELT_RETURN_IF_ERROR(expect('{'));
  while (!is('}')) KELT_RETURN_IF_ERROR(node(scope, depth));
  KELT_RETURN_IF_ERROR(advance());
  if (!is(TokenKind::kArrow)) return error("expected ->");
  KELT_RETURN_IF_ERROR(advance());
  KELT_RETURN_IF_ERROR(sequence('(', ')', [&]() -> Result<void> {
    KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kValue, "an output"));
    KELT_ASSIGN_OR_RETURN(std::string name, take_text(TokenKind::kString, "the name of an output"));
    scope.function.outputs.push_back({std::move(name), {index}});
    return {};
  }));
  KELT_RETURN_IF_ERROR(check_complete(scope));
  return std::move(scope.function);
}

Result<Argument> Parser::argument() {
  KELT_ASSIGN_OR_RETURN(std::string name, take_name("the name of an argument"));
  KELT_RETURN_IF_ERROR(expect('='));
  KELT_ASSIGN_OR_RETURN(Attribute value, attribute(0));
  return Argument{std::move(name), std::move(value)};
}

Result<void> Parser::call(Node& node) {
  KELT_ASSIGN_OR_RETURN(node.op, take_name("the name of an op"));
  return sequence('(', ')', [&]() -> Result<void> {
    KELT_ASSIGN_OR_RETURN(Argument read_argument, argument());
    node.args.push_back(std::move(read_argument));
    return {};
  });
}

Result<void> Parser::node(Scope& scope, int depth) {
  Node read;
  while (is(TokenKind::kValue)) {
    KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kValue, "an output"));
    read.outputs.push_back({index});
    KELT_RETURN_IF_ERROR(define(scope, index));
    if (!is(',')) break;
    KELT_RETURN_IF_ERROR(advance());
    if (!is(TokenKind::kValue)) return error("expected an output");
  }
  if (!read.outputs.empty()) KELT_RETURN_IF_ERROR(expect('='));
  KELT_RETURN_IF_ERROR(call(read));
  if (is('{')) {
    KELT_RETURN_IF_ERROR(advance());
    while (!is('}')) {
      KELT_ASSIGN_OR_RETURN(Function nested, function(depth + 1));
      read.functions.push_back(std::move(nested));
    }
    KELT_RETURN_IF_ERROR(advance());
  }
  if (is(TokenKind::kPath)) {
    read.path = std::move(token_.text);
    KELT_RETURN_IF_ERROR(advance());
  }
  scope.function.nodes.push_back(std::move(read));
  return {};
}

// `%x`, `%x: f32` or `%x: f32[n,8]`.
Result<void> Parser::fragment_output(Fragment& fragment, Node& node) {
  KELT_ASSIGN_OR_RETURN(const int index, take_index(TokenKind::kValue, "an output"));
  node.outputs.push_back({index});
  if (!is(':')) return {};
  KELT_RETURN_IF_ERROR(advance());
  const size_t offset = token_.offset;
  KELT_ASSIGN_OR_RETURN(const std::string word, take_text(TokenKind::kIdentifier, "a dtype"));
  Fragment::Type type{.dtype = parse_dtype(word), .dims = {}};
  if (!type.dtype) return lexer_.error_at(offset, "unknown dtype " + quote(word));
  if (is('[')) {
    KELT_ASSIGN_OR_RETURN(type.dims, dims());
  }
  const auto slot = static_cast<size_t>(index);
  if (slot >= fragment.types.size()) fragment.types.resize(slot + 1);
  fragment.types[slot] = std::move(type);
  return {};
}

Result<Fragment> Parser::fragment() {
  KELT_RETURN_IF_ERROR(advance());
  Fragment fragment;
  while (!is(TokenKind::kEnd)) {
    Node node;
    KELT_RETURN_IF_ERROR(fragment_output(fragment, node));
    while (is(',')) {
      KELT_RETURN_IF_ERROR(advance());
      KELT_RETURN_IF_ERROR(fragment_output(fragment, node));
    }
    KELT_RETURN_IF_ERROR(expect('='));
    KELT_RETURN_IF_ERROR(call(node));
    fragment.nodes.push_back(std::move(node));
  }
  return fragment;
}

Result<Fragment> parse_fragment(std::string_view text) {
  Names names;
  const FileWeights no_files;
  KELT_ASSIGN_OR_RETURN(Fragment fragment, Parser(text, no_files, &names).fragment());
  fragment.types.resize(names.values.size());
  fragment.values = std::move(names.values);
  fragment.variables = std::move(names.variables);
  return fragment;
}

Result<Module> parse(std::string_view text, const FileWeights& files) {
  if (!is_utf8(text)) return Error{.code = Code::kBadModule, .what = "the text is not UTF-8"};
  return Parser(text, files).module();
}

}  // namespace kelt::graph
