#include "litert/text_cursor.h"

#include <algorithm>
#include <charconv>

#include "base/parse_number.h"

namespace kelt::litert {
namespace {

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '/'; }

}  // namespace

void TextCursor::skip_space() {
  while (at_ < text_.size()) {
    if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    } else {
      return;
    }
  }
}

size_t TextCursor::word_end(size_t from) const {
  while (from < text_.size() && is_word_char(text_[from])) ++from;
  return from;
}

bool TextCursor::peek(std::string_view token) const {
  if (text_.substr(at_, token.size()) != token) return false;
  return !is_word_char(token.back()) || word_end(at_) == at_ + token.size();
}

bool TextCursor::peek_word() const { return at_ < text_.size() && is_word_char(text_[at_]); }

bool TextCursor::accept(std::string_view token, std::string_view keep) {
  if (!peek(token)) return false;
  at_ += token.size() - keep.size();
  skip_space();
  return true;
}

Result<void> TextCursor::expect(std::string_view token) {
  if (!accept(token)) return error("expected '" + std::string(token) + "'");
  return {};
}

Result<std::string> TextCursor::name() {
  std::string name;
  if (at_ < text_.size() && text_[at_] == '"') {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      name += text_[at_];
    }
    if (at_ == text_.size()) return error("a quoted name has no end");
    ++at_;
  } else {
    const size_t end = word_end(at_);
    if (end == at_) return error("expected a name");
    name = text_.substr(at_, end - at_);
    at_ = end;
  }
  skip_space();
  return name;
}

Result<std::string> TextCursor::number_word() {
  const size_t end = std::min(text_.find_first_of(",[](){} \t\n", at_), text_.size());
  if (end == at_) return error("expected a number");
  std::string word(text_.substr(at_, end - at_));
  at_ = end;
  skip_space();
  return word;
}

Result<int> TextCursor::index(size_t size) {
  KELT_ASSIGN_OR_RETURN(const std::string word, number_word());
  const auto value = parse_number<int>(word);
  if (!value || *value < 0 || static_cast<size_t>(*value) >= size) return error("'" + word + "' is no index below " + std::to_string(size));
  return *value;
}

Result<SourceValue> TextCursor::source_value() {
  KELT_ASSIGN_OR_RETURN(const std::string word, name());
  const size_t dot = word.find('.');
  SourceValue source;
  const char* const end = word.data() + word.size();
  const char* at = word.data();
  bool ok = true;
  if (dot != std::string::npos) {
    const auto [stop, status] = std::from_chars(at, end, source.function);
    ok = status == std::errc() && *stop == '.';
    at += dot + 1;
  }
  const auto [stop, status] = std::from_chars(at, end, source.value);
  if (!ok || status != std::errc() || stop != end) return error("'" + word + "' is no source value");
  return source;
}

Result<std::string_view> TextCursor::until(std::string_view ends) {
  int depth = 0;
  for (size_t i = at_; i < text_.size(); ++i) {
    if (depth == 0 && ends.find(text_[i]) != std::string_view::npos) {
      const std::string_view found = text_.substr(at_, i - at_);
      at_ = i;
      return found;
    }
    depth += text_[i] == '(' ? 1 : text_[i] == ')' ? -1 : 0;
  }
  return error("expected one of '" + std::string(ends) + "'");
}

Result<std::string_view> TextCursor::braces() {
  int depth = 0;
  bool quoted = false;
  for (size_t i = at_; i < text_.size(); ++i) {
    if (text_[i] == '"' && (i == 0 || text_[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    depth += text_[i] == '{' ? 1 : text_[i] == '}' ? -1 : 0;
    if (depth == 0) {
      const std::string_view found = text_.substr(at_, i + 1 - at_);
      at_ = i + 1;
      skip_space();
      return found;
    }
  }
  return error("'{' has no end");
}

Result<std::vector<uint8_t>> TextCursor::hex_block() {
  KELT_ASSIGN_OR_RETURN(std::string_view block, braces());
  block = block.substr(1, block.size() - 2);
  std::vector<uint8_t> bytes(block.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char* const pair = block.data() + 2 * i;
    if (std::from_chars(pair, pair + 2, bytes[i], 16).ptr != pair + 2) return error("custom options are pairs of hexadecimal digits");
  }
  return bytes;
}

std::string TextCursor::rest_of_line() {
  const size_t end = std::min(text_.find('\n', at_), text_.size());
  std::string line(text_.substr(at_, end - at_));
  line.erase(std::min(line.size(), line.find_last_not_of(" \t\r") + 1));
  at_ = end;
  skip_space();
  return line;
}

std::string TextCursor::place() const { return "line " + std::to_string(1 + std::ranges::count(text_.substr(0, at_), '\n')); }

Error TextCursor::error(std::string what) const {
  return {.code = Code::kInvalidArgument, .what = std::move(what), .notes = {"in " + place()}};
}

}  // namespace kelt::litert
