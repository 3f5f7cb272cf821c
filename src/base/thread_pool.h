// base/thread_pool.h — a loop whose rounds run on several threads.
//
// Threads live for one loop: starting one costs microseconds, and nothing is global. Rounds are handed out one by one, so
// long and short ones mix well. The thread that calls takes part, and it alone calls `after_each` (for progress).

#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/status.h"

namespace kelt {

// What `threads == 0` means: one for each core, at most 8.
[[nodiscard]] inline int thread_count(int threads) {
  if (threads > 0) return threads;
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U));
}

// Calls round(i) → Result<void> for each i in [0, count). After a failure no further rounds start; the error of the lowest
// round that failed is returned. `after_each(done)` is called now and then.
template <typename Round>
[[nodiscard]] Result<void> parallel_for(size_t count, int threads, const Round& round, const std::function<void(size_t)>& after_each = {}) {
  std::atomic<size_t> next = 0;
  std::atomic<size_t> done = 0;
  std::mutex mutex;  // of the two below
  size_t failed_round = count;
  std::optional<Error> failure;

  const auto work = [&](bool caller) {
    for (size_t i = next++; i < count; i = next++) {
      Result<void> result = round(i);
      if (!result.ok()) {
        next = count;
        const std::scoped_lock lock(mutex);
        if (i < failed_round) {
          failed_round = i;
          failure = std::move(result).error();
        }
        return;
      }
      ++done;
      if (caller && after_each) after_each(done);
    }
  };
  {
    std::vector<std::jthread> helpers;
    const size_t wanted = std::min(static_cast<size_t>(thread_count(threads)), count);
    for (size_t i = 1; i < wanted; ++i) {
      try {
        helpers.emplace_back(work, false);
      } catch (const std::system_error&) {
        break;  // the system gives no more threads: those there are do the work
      }
    }
    work(true);
  }
  if (failure) return *std::move(failure);
  if (after_each && count > 0) after_each(count);
  return {};
}

}  // namespace kelt
