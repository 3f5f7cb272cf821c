#include "base/table.h"

#include <gtest/gtest.h>

namespace kelt {
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

}  // namespace
}  // namespace kelt
