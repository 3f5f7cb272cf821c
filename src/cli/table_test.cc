#include "cli/table.h"

#include <gtest/gtest.h>

namespace kelt::cli {
namespace {

TEST(Printable, KeepsTextAndReplacesWhatSteersATerminal) {
  EXPECT_EQ(printable("größe → 𝄞\n"), "größe → 𝄞\n");
  EXPECT_EQ(printable("\x1b[2J\a\x7f\t"), "?[2J???");
  EXPECT_EQ(printable("\xc2\x9b"), "?") << "a control sequence of one character";
  EXPECT_EQ(printable("\xff|\xc3|\xe2\x82|\xed\xa0\x80|\xc0\x80"), "?|?|??|???|??") << "no UTF-8";
}

}  // namespace
}  // namespace kelt::cli
