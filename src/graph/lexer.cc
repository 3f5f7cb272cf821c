#include "graph/lexer.h"

#include <algorithm>
#include <charconv>

namespace kelt::graph {
namespace {

constexpr size_t kMaxDimText = 16384;  // of one dim
constexpr int kMaxDimDepth = 64;       // parentheses in one dim

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Error Lexer::error_at(size_t offset, std::string what) const {
  const std::string_view before = text_.substr(0, std::min(offset, text_.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const size_t newline = before.rfind('\n');
  const size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return {.code = Code::kBadModule, .what = std::to_string(line) + ":" + std::to_string(column) + ": " + std::move(what)};
}

void Lexer::skip_blanks() {
  while (position_ < text_.size()) {
    if (is_blank(text_[position_])) {
      ++position_;
    } else if (at("//")) {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else {
      return;
    }
  }
}

Result<Token> Lexer::next() {
  skip_blanks();
  const size_t start = position_;
  if (start >= text_.size()) return Token{TokenKind::kEnd, {}, 0, start};
  const auto take = [&](TokenKind kind, size_t length) {
    position_ += length;
    return Token{kind, std::string(text_.substr(start, length)), 0, start};
  };
  const char c = text_[start];
  if (is_letter(c)) return identifier();
  if (at("->")) return take(TokenKind::kArrow, 2);
  if (at("...")) return take(TokenKind::kEllipsis, 3);
  if (at("-inf")) return take(TokenKind::kFloat, 4);
  if (is_digit(c) || c == '-') return number();
  switch (c) {
    case '%': return reference(TokenKind::kValue);
    case '@': return reference(TokenKind::kWeight);
    case '$': return reference(TokenKind::kState);
    case '"': return string();
    case '#': return path();
    default: break;
  }
  if (std::string_view("()[]{},:=").find(c) != std::string_view::npos) return take(TokenKind::kPunctuation, 1);
  return error_at(start, "unexpected character");
}

size_t Lexer::end_of_digits(size_t from) const {
  while (from < text_.size() && is_digit(text_[from])) ++from;
  return from;
}

Result<Token> Lexer::number() {
  const size_t start = position_;
  const size_t digits = start + (text_[start] == '-' ? 1 : 0);
  size_t end = end_of_digits(digits);
  if (end == digits) return error_at(start, "expected digits after '-'");
  TokenKind kind = TokenKind::kInteger;
  if (end < text_.size() && text_[end] == '.') {
    kind = TokenKind::kFloat;
    end = end_of_digits(end + 1);
  }
  if (end < text_.size() && text_[end] == 'e') {
    kind = TokenKind::kFloat;
    const size_t sign = end + 1;
    const size_t exponent = sign + (sign < text_.size() && (text_[sign] == '-' || text_[sign] == '+') ? 1 : 0);
    end = end_of_digits(exponent);
    if (end == exponent) return error_at(start, "expected digits after 'e'");
  }
  position_ = end;
  return Token{kind, std::string(text_.substr(start, end - start)), 0, start};
}

Result<Token> Lexer::identifier() {
  const size_t start = position_;
  while (position_ < text_.size() && (is_letter(text_[position_]) || is_digit(text_[position_]) || text_[position_] == '.')) ++position_;
  std::string text(text_.substr(start, position_ - start));
  const TokenKind kind = text == "inf" || text == "nan" ? TokenKind::kFloat : TokenKind::kIdentifier;
  return Token{kind, std::move(text), 0, start};
}

Result<Token> Lexer::reference(TokenKind kind) {
  const size_t start = position_;
  if (names_ != nullptr && kind != TokenKind::kWeight && start + 1 < text_.size() && is_letter(text_[start + 1])) return named(kind);
  const size_t end = end_of_digits(start + 1);
  Token token{kind, {}, 0, start};
  const auto [stop, error] = std::from_chars(text_.data() + start + 1, text_.data() + end, token.index);
  if (error != std::errc() || stop != text_.data() + end) return error_at(start, "expected a number that fits after the sign");
  position_ = end;
  return token;
}

// The index of the name among those of its kind; a new one goes to the end.
Token Lexer::named(TokenKind kind) {
  Token token{kind, {}, 0, position_};
  size_t end = position_ + 1;
  while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
  const std::string_view name = text_.substr(position_ + 1, end - position_ - 1);
  std::vector<std::string>& known = kind == TokenKind::kValue ? names_->values : names_->variables;
  const auto found = std::ranges::find(known, name);
  token.index = static_cast<int>(found - known.begin());
  if (found == known.end()) known.emplace_back(name);
  position_ = end;
  return token;
}

Result<Token> Lexer::string() {
  const size_t start = position_++;
  Token token{TokenKind::kString, {}, 0, start};
  while (position_ < text_.size() && text_[position_] != '"') {
    const char c = text_[position_];
    if (c == '\n') break;
    if (c != '\\') {
      token.text += c;
      ++position_;
      continue;
    }
    const char escape = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
    constexpr std::string_view kEscapes = "\"\\ntr";
    constexpr std::string_view kMeanings = "\"\\\n\t\r";
    if (const size_t which = kEscapes.find(escape); escape != '\0' && which != std::string_view::npos) {
      token.text += kMeanings[which];
      position_ += 2;
      continue;
    }
    const int high = escape == 'x' && position_ + 3 < text_.size() ? hex_digit(text_[position_ + 2]) : -1;
    const int low = high >= 0 ? hex_digit(text_[position_ + 3]) : -1;
    if (high < 0 || high > 7 || low < 0) return error_at(position_, "unknown escape");
    token.text += static_cast<char>(high * 16 + low);
    position_ += 4;
  }
  if (position_ >= text_.size() || text_[position_] != '"') return error_at(start, "string without an end");
  ++position_;
  return token;
}

Result<Token> Lexer::path() {
  const size_t start = position_++;
  while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  if (position_ < text_.size() && text_[position_] == '"') {
    KELT_ASSIGN_OR_RETURN(Token token, string());
    token.kind = TokenKind::kPath;
    return token;
  }
  const size_t end = std::min(text_.find('\n', position_), text_.size());
  std::string_view text = text_.substr(position_, end - position_);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  position_ = end;
  return Token{TokenKind::kPath, std::string(text), 0, start};
}

bool Lexer::follows(char c) {
  skip_blanks();
  return position_ < text_.size() && text_[position_] == c;
}

Result<Dim> Lexer::dim() {
  skip_blanks();
  const size_t start = position_;
  int depth = 0;
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) break;
    if (c == '(' && ++depth > kMaxDimDepth) return error_at(position_, "a dim nested too deeply");
    if (c == ')' && --depth < 0) return error_at(position_, "unbalanced ')' in a dim");
    if (position_ - start > kMaxDimText) return error_at(start, "a dim that is too long");
  }
  std::string_view text = text_.substr(start, position_ - start);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  Result<Dim> parsed = Dim::parse(text);
  if (!parsed.ok()) return error_at(start, parsed.error().what);
  return parsed;
}

}  // namespace kelt::graph
