#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <string>

namespace kelt {
namespace {

TEST(ParallelFor, RunsEachRoundOnceAtAnyThreadCount) {
  for (const int threads : {1, 3, 8}) {
    std::vector<std::atomic<int>> runs(100);
    const auto result = parallel_for(runs.size(), threads, [&](size_t i) -> Result<void> {
      ++runs[i];
      return {};
    });
    EXPECT_TRUE(result.ok());
    for (const auto& count : runs) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, ReturnsAnErrorAndStops) {
  std::atomic<int> runs = 0;
  const auto result = parallel_for(1000, 2, [&](size_t i) -> Result<void> {
    ++runs;
    if (i == 5) return Error{.code = Code::kIo, .what = "round 5"};
    return {};
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().what, "round 5");
}

TEST(ParallelFor, ReportsProgressFromTheCallerOnly) {
  const auto caller = std::this_thread::get_id();
  size_t last = 0;
  const auto result = parallel_for(
      50, 4, [](size_t) -> Result<void> { return {}; },
      [&](size_t done) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        EXPECT_GE(done, last);
        last = done;
      });
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(last, 50U);
}

TEST(ParallelFor, DoesNothingForNoRounds) {
  EXPECT_TRUE(parallel_for(0, 4, [](size_t) -> Result<void> { return Error{.what = "never"}; }).ok());
}

}  // namespace
}  // namespace kelt
