// Several threads on one model, and on models of one runtime: what the thread sanitizer reads (scripts/test tsan).

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "runtime/evaluate.h"
#include "runtime/testing.h"

namespace kelt::runtime {
namespace {

constexpr int kThreads = 4;
constexpr int kRuns = 1000;

// Calls work(thread) on each of kThreads threads at once; returns how many did not return true.
template <typename Work>
int failures_of(const Work& work) {
  std::atomic<int> failures = 0;
  std::atomic<int> arrived = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        ++arrived;
        while (arrived < kThreads) std::this_thread::yield();
        if (!work(thread)) ++failures;
      });
    }
  }
  return failures;
}

// The outputs of "scale" are x times k; each thread and round has numbers and a size of its own.
bool scales_right(CompiledModel& model, int thread, int round) {
  const std::vector<float> k = {static_cast<float>(thread + 1)};
  const std::vector<float> x(6, static_cast<float>(round));
  const auto outputs =
      model.run("scale", std::vector<Input>{{"x", DType::kFloat32, {2, 3}, bytes_of(x)}, {"k", DType::kFloat32, {1}, bytes_of(k)}});
  return outputs.ok() && values_of<float>(outputs->at(0)) == std::vector<float>(6, static_cast<float>(round) * k[0]);
}

bool counts_right(CompiledModel& model, int thread, int round) {
  const auto size = static_cast<size_t>(1 + (thread + round) % 5);
  const std::vector<int64_t> i(size, round);
  const std::vector<uint8_t> mask(size, 1);
  const auto outputs = model.run("count", std::vector<Input>{{"i", DType::kInt64, {static_cast<int64_t>(size)}, bytes_of(i)},
                                                             {"mask", DType::kBool, {static_cast<int64_t>(size)}, bytes_of(mask)}});
  return outputs.ok() && values_of<int64_t>(outputs->at(0)) == std::vector<int64_t>(size, round + 1);
}

TEST(RuntimeThreads, RunOneModelAtOnce) {
  Result<CompiledModel> model = runtime_for_tests().open(test_file("two_signatures"));
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  EXPECT_EQ(failures_of([&](int thread) {
              for (int round = 0; round < kRuns; ++round) {
                if (!scales_right(*model, thread, round) || !counts_right(*model, thread, round)) return false;
              }
              return true;
            }),
            0);
}

TEST(RuntimeThreads, OpenAndRunModelsOfOneRuntimeAtOnce) {
  const Runtime runtime = runtime_for_tests();
  EXPECT_EQ(failures_of([&](int thread) {
              Result<CompiledModel> model = runtime.open(test_file("two_signatures"), {.threads = 2});
              return model.ok() && scales_right(*model, thread, 3) && counts_right(*model, thread, 4) &&
                     !runtime.open(test_file("rejected")).ok();
            }),
            0);
}

TEST(RuntimeThreads, EvaluateAtOnce) {
  const Evaluate evaluate = evaluator({});
  std::ifstream stream(test_file("split"), std::ios::binary);
  const std::vector<char> file((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  EXPECT_EQ(failures_of([&](int) {
              const Array x = array_from<float>({1, 4}, std::vector<float>{0, 0, 0, 0});
              const auto results = evaluate(std::as_bytes(std::span(file)), std::vector<Array>{x});
              return results.ok() &&
                     *read_all(results->at(0)) == *read_all(array_from<float>({1, 4}, std::vector<float>{0.5F, 2, 4.5F, 8}));
            }),
            0);
}

}  // namespace
}  // namespace kelt::runtime
