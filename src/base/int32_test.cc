#include "base/int32.h"

#include <gtest/gtest.h>

namespace kelt {
namespace {

TEST(Int32, IsTheNearestNumber) {
  EXPECT_EQ(clamp_int32(-5), -5);
  EXPECT_EQ(clamp_int32(int64_t{1} << 40), INT32_MAX);
  EXPECT_EQ(clamp_int32(INT64_MIN), INT32_MIN);
}

TEST(Int32, IsExactOrNothing) {
  EXPECT_EQ(exact_int32(INT32_MIN), INT32_MIN);
  EXPECT_EQ(exact_int32(INT32_MAX), INT32_MAX);
  EXPECT_EQ(exact_int32(int64_t{INT32_MAX} + 1), std::nullopt);
  EXPECT_EQ(exact_int32(INT64_MIN), std::nullopt);
}

}  // namespace
}  // namespace kelt
