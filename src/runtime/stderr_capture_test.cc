#include "runtime/stderr_capture.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace kelt::runtime {
namespace {

// How many descriptors a subprocess gets besides its standard ones and the one it lists them with.
int inherited_descriptors() {
  const std::unique_ptr<FILE, int (*)(FILE*)> listing(popen("ls /proc/self/fd | wc -l", "re"), pclose);
  std::array<char, 32> text{};
  if (listing == nullptr || std::fgets(text.data(), text.size(), listing.get()) == nullptr) return -1;
  return std::stoi(text.data()) - 4;
}

TEST(StderrCapture, ReturnsWhatTheRuntimeLogsAndPassesOnTheRest) {
  testing::internal::CaptureStderr();
  const std::string said = capture_stderr([] { std::fputs("ERROR: no such op\nof someone else\n", stderr); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "of someone else\n");
  EXPECT_EQ(said, "no such op");
}

TEST(StderrCapture, LeavesNoDescriptorToASubprocess) {
  const int before = inherited_descriptors();
  ASSERT_GE(before, 0);
  int during = -1;
  (void)capture_stderr([&] { during = inherited_descriptors(); });
  EXPECT_EQ(during, before);
  EXPECT_EQ(inherited_descriptors(), before);
}

}  // namespace
}  // namespace kelt::runtime
