// base/thread_pool.h — a loop whose rounds run on several threads.
//
// Threads live for one loop: starting one costs microseconds, and nothing is global. Rounds are handed out one by one, so
// long and short ones mix well. The thread that calls takes part, and it alone calls `after_each` (for progress).

#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <string>
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

// What a round threw, as an Error.
[[nodiscard]] inline Error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return {.code = Code::kIo, .what = "the memory ran out", .remedy = "Free some memory, or use fewer threads"};
  } catch (const std::exception& exception) {
    return {.code = Code::kInternal, .what = "an exception in a thread: " + std::string(exception.what())};
  } catch (...) {
    return {.code = Code::kInternal, .what = "an exception of unknown type in a thread"};
  }
}

// Calls round(i) → Result<void> for each i in [0, count). After a failure no further rounds start; the error of the lowest
// round that failed is returned. What a round throws is such a failure too. `after_each(done)` is called now and then; what it
// throws stops the loop and reaches the caller.
template <typename Round>
[[nodiscard]] Result<void> parallel_for(size_t count, int threads, const Round& round, const std::function<void(size_t)>& after_each = {}) {
  std::atomic<size_t> next = 0;
  std::atomic<size_t> done = 0;
  std::mutex mutex;  // of the three below
  size_t failed_round = count;
  Result<void> failure;
  std::exception_ptr thrown;  // made an Error at the end: where memory ran out, a helper must not allocate

  const auto fail = [&](size_t i, Result<void> result, std::exception_ptr exception) {
    next = count;
    const std::scoped_lock lock(mutex);
    if (i >= failed_round) return;
    failed_round = i;
    failure = std::move(result);
    thrown = std::move(exception);
  };
  const auto work = [&](bool caller) {
    for (size_t i = next++; i < count; i = next++) {
      try {
        if (Result<void> result = round(i); !result.ok()) return fail(i, std::move(result), nullptr);
      } catch (...) {
        return fail(i, {}, std::current_exception());
      }
      ++done;
      if (caller && after_each) after_each(done);
    }
  };
  {
    std::vector<std::jthread> helpers;
    const size_t wanted = std::min(static_cast<size_t>(thread_count(threads)), count);
    helpers.reserve(wanted);
    for (size_t i = 1; i < wanted; ++i) {
      try {
        helpers.emplace_back(work, false);
      } catch (const std::system_error&) {
        break;  // the system gives no more threads: those there are do the work
      }
    }
    try {
      work(true);
    } catch (...) {
      next = count;
      throw;
    }
  }
  if (thrown) return error_of(thrown);
  if (!failure.ok()) return failure;
  if (after_each && count > 0) after_each(count);
  return {};
}

}  // namespace kelt
