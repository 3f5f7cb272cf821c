// graph/lexer.h — the words of the text form, one at a time, with where they stand.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/dim.h"
#include "base/status.h"

namespace kelt::graph {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

enum class TokenKind {
  kIdentifier,  // text
  kInteger,     // text
  kFloat,       // text, also "inf", "-inf", "nan"
  kString,      // text, unescaped
  kValue,       // index: %3
  kWeight,      // index: @3
  kState,       // index: $3
  kPath,        // text: what follows '#', to the end of the line
  kEllipsis,
  kArrow,
  kPunctuation,  // text: one of ( ) [ ] { } , : =
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text = {};
  int index = 0;
  size_t offset = 0;  // where it begins
};

// The names that stand for numbers in a fragment (parse.h): `%x` and `$axis` are value and state 0, if they come first.
struct Names {
  std::vector<std::string> values;
  std::vector<std::string> variables;
};

class Lexer {
 public:
  // With `names`, what follows % and $ is a name.
  explicit Lexer(std::string_view text, Names* names = nullptr) : text_(text), names_(names) {}

  [[nodiscard]] Result<Token> next();
  // Whether the next character is `c`; for what is not cut into words.
  [[nodiscard]] bool follows(char c);
  // The dim that stands here, up to a `,`, `]` or `}` outside parentheses, which is left.
  [[nodiscard]] Result<Dim> dim();
  // An error at `offset`, as line and column.
  [[nodiscard]] Error error_at(size_t offset, std::string what) const;

 private:
  void skip_blanks();
  [[nodiscard]] bool at(std::string_view word) const { return text_.substr(position_).starts_with(word); }
  [[nodiscard]] size_t end_of_digits(size_t from) const;
  Result<Token> number();
  Result<Token> identifier();
  Result<Token> reference(TokenKind kind);
  Token named(TokenKind kind);
  Result<Token> string();
  Result<Token> path();

  std::string_view text_;
  Names* names_ = nullptr;
  size_t position_ = 0;
};

}  // namespace kelt::graph
