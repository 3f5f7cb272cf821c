// graph/parser.h — the recursive descent behind parse.h: words here, tables in parse_tables.cc, types and attributes in
// parse_attribute.cc, functions in parse.cc.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/lexer.h"
#include "graph/module.h"
#include "graph/parse.h"

namespace kelt::graph {

inline constexpr int kMaxDepth = 64;  // lists in lists, functions in functions

class Parser {
 public:
  Parser(std::string_view text, const FileWeights& files, Names* names = nullptr) : lexer_(text, names), files_(files) {}
  Result<Module> module();
  // The names are the caller's.
  Result<Fragment> fragment();

 private:
  // Words.
  Result<void> advance();
  [[nodiscard]] Error error(std::string what) const { return lexer_.error_at(token_.offset, std::move(what)); }
  [[nodiscard]] bool is(TokenKind kind) const { return token_.kind == kind; }
  [[nodiscard]] bool is(char punctuation) const { return is(TokenKind::kPunctuation) && token_.text[0] == punctuation; }
  [[nodiscard]] bool is_word(std::string_view word) const { return is(TokenKind::kIdentifier) && token_.text == word; }
  Result<void> expect(char punctuation);
  Result<std::string> take_text(TokenKind kind, std::string_view what);
  Result<int> take_index(TokenKind kind, std::string_view what);
  Result<std::string> take_name(std::string_view what);  // an identifier or a string
  Result<int64_t> take_integer();
  // Comma-separated items up to `close`, which is taken; `open` is the token at hand.
  template <typename Item>
  Result<void> sequence(char open, char close, Item item);

  // Tables.
  Result<void> proven(Module& module);
  Result<void> valid(Module& module);
  Result<void> weight(Module& module);
  Result<void> state(Module& module);
  Result<Array> weight_data(DType dtype, Shape shape);
  Result<Array> numbers(DType dtype, Shape shape);
  Result<Array> hex(DType dtype, Shape shape);

  // Types and attributes.
  Result<Value> type();
  Result<Dims> dims();
  Result<Attribute> attribute(int depth);
  Result<Attribute> word_attribute(int depth);
  Result<Attribute> slice(int depth);

  // Functions.
  struct Scope {
    Function function;
    std::vector<bool> defined;  // by value
    size_t count = 0;           // of those that are
  };
  Result<Function> function(int depth);
  Result<void> define(Scope& scope, int index);
  Result<void> check_complete(const Scope& scope) const;
  Result<void> node(Scope& scope, int depth);
  Result<void> call(Node& node);
  Result<void> fragment_output(Fragment& fragment, Node& node);
  Result<Argument> argument();

  Lexer lexer_;
  const FileWeights& files_;
  Token token_;
};

template <typename Item>
Result<void> Parser::sequence(char open, char close, Item item) {
  KELT_RETURN_IF_ERROR(expect(open));
  while (!is(close)) {
    KELT_RETURN_IF_ERROR(item());
    if (is(close)) break;
    KELT_RETURN_IF_ERROR(expect(','));
  }
  return advance();
}

}  // namespace kelt::graph
