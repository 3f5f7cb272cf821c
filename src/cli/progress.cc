#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

namespace kelt::cli {
namespace {

constexpr char kClearLine[] = "\r\x1b[K";

}  // namespace

TerminalProgress::TerminalProgress() : shown_(::isatty(STDERR_FILENO) != 0) {}

TerminalProgress::~TerminalProgress() {
  if (shown_) std::fputs(kClearLine, stderr);
}

ProgressSink TerminalProgress::sink() const {
  if (!shown_) return {};
  return [](std::string_view stage, uint64_t done, uint64_t total) {
    std::fprintf(stderr, "%s%.*s %3d %%", kClearLine, static_cast<int>(stage.size()), stage.data(),
                 total == 0 ? 0 : static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total)));
    std::fflush(stderr);
  };
}

}  // namespace kelt::cli
