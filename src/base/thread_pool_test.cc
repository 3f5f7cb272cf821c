#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

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

// Each round waits for the other, so that a helper takes one of them and the caller the other.
template <typename Throw>
Result<void> throw_in_a_helper(const Throw& throw_it) {
  const auto caller = std::this_thread::get_id();
  std::atomic<int> arrived = 0;
  return parallel_for(2, 2, [&](size_t) -> Result<void> {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
    if (std::this_thread::get_id() != caller) throw_it();
    return {};
  });
}

TEST(ParallelFor, ReturnsAnErrorWhereMemoryRunsOutInAHelperThread) {
  const auto result = throw_in_a_helper([] { throw std::bad_alloc(); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kIo);
  EXPECT_EQ(result.error().what, "the memory ran out");
  EXPECT_EQ(result.error().remedy, "Free some memory, or use fewer threads");
}

TEST(ParallelFor, ReturnsAnErrorWhereAHelperThreadThrows) {
  const auto result = throw_in_a_helper([] { throw std::length_error("too long"); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().what, "an exception in a thread: too long");
  const auto unknown = throw_in_a_helper([] { throw 1; });
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().what, "an exception of unknown type in a thread");
}

TEST(ParallelFor, PassesOnWhatTheProgressCallbackThrowsAndStops) {
  std::atomic<int> runs = 0;
  const auto loop = [&] {
    (void)parallel_for(
        100000, 2,
        [&](size_t) -> Result<void> {
          ++runs;
          std::this_thread::yield();
          return {};
        },
        [](size_t) { throw std::runtime_error("interrupted"); });
  };
  EXPECT_THROW(loop(), std::runtime_error);
  EXPECT_LT(runs, 100000);
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
