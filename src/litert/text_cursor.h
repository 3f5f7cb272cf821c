// litert/text_cursor.h — a place in a text: the words of the text form.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "litert/model.h"

namespace kelt::litert {

class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : text_(text) { skip_space(); }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] size_t position() const { return at_; }
  void rewind(size_t position) { at_ = position; }

  // Whether `token` comes next; a token of letters only as a whole word.
  [[nodiscard]] bool peek(std::string_view token) const;
  [[nodiscard]] bool peek_word() const;
  // Moves behind `token`, if it comes next; all but `keep`, its end.
  bool accept(std::string_view token, std::string_view keep = {});
  [[nodiscard]] Result<void> expect(std::string_view token);

  [[nodiscard]] Result<std::string> name();         // a word, or a quoted string
  [[nodiscard]] Result<std::string> number_word();  // up to a comma, bracket or space
  [[nodiscard]] Result<int> index(size_t size);     // a number below `size`
  [[nodiscard]] Result<SourceValue> source_value();
  [[nodiscard]] Result<std::string_view> until(std::string_view ends);  // outside of parentheses
  [[nodiscard]] Result<std::string_view> braces();                      // "{…}", with them
  [[nodiscard]] Result<std::vector<uint8_t>> hex_block();
  [[nodiscard]] std::string rest_of_line();

  // "line 3"
  [[nodiscard]] std::string place() const;
  [[nodiscard]] Error error(std::string what) const;

 private:
  void skip_space();
  [[nodiscard]] size_t word_end(size_t from) const;

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace kelt::litert
