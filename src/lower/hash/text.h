// lower/hash/text.h — integers as Keras hashes them: in decimal, as text.

#pragma once

#include "lower/hash/words.h"

namespace kelt::lower {

// Decimal numbers as text, each at the end of its row.
struct Text {
  Value characters;  // int64 [n, width]
  Value length;      // int32 [n]
  Value places;      // int32 [n, width]: of each character in its text, negative before that begins
  int width = 0;     // of a row
  int longest = 0;   // that a text may be
};

// Of x, int64 [n]: integers of 32 bits or, if wide, of 64.
Result<Text> text_of(Lowering& to, const Value& x, bool wide);

// Bytes as a number of 64 bits, the first the lowest: `count` from `begin` on (of each text its own, if that is a column);
// where a text has ended they are 0.
Value bytes_at(Lowering& to, const Text& text, const Value& begin, int count);
Value bytes_at(Lowering& to, const Text& text, int begin, int count);
// `count` bytes that begin so far before the end.
Value bytes_before_end(Lowering& to, const Text& text, int from, int count);
// int64 [n].
Value length_of(Lowering& to, const Text& text);
// Which texts are longer: bool [n].
Value is_longer(Lowering& to, const Text& text, int than);

}  // namespace kelt::lower
