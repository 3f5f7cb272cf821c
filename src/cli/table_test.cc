#include "cli/table.h"

#include <gtest/gtest.h>

namespace kelt::cli {
namespace {

TEST(Table, AlignsColumnsAndNumbersToTheRight) {
  Table table;
  table.row({"a", "7", "x"});
  table.row({"größe", "1200", ""});
  EXPECT_EQ(table.text(), "a         7  x\ngröße  1200\n");
}

TEST(SizeText, HasThreeDigits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(13900000), "13.9 MB");
  EXPECT_EQ(size_text(~uint64_t{0}), "18446744.1 TB");
}

TEST(Printable, KeepsTextAndReplacesWhatSteersATerminal) {
  EXPECT_EQ(printable("größe → 𝄞\n"), "größe → 𝄞\n");
  EXPECT_EQ(printable("\x1b[2J\a\x7f\t"), "?[2J???");
  EXPECT_EQ(printable("\xc2\x9b"), "?") << "a control sequence of one character";
  EXPECT_EQ(printable("\xff|\xc3|\xe2\x82|\xed\xa0\x80|\xc0\x80"), "?|?|??|???|??") << "no UTF-8";
}

}  // namespace
}  // namespace kelt::cli
