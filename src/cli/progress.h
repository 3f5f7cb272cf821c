// cli/progress.h — one line on a terminal that is rewritten; nothing elsewhere.

#pragma once

#include <string>
#include <string_view>

#include "base/sink.h"

namespace kelt::cli {

// Shows the stages on stderr while it lives; its line is gone afterwards.
class TerminalProgress {
 public:
  TerminalProgress();
  ~TerminalProgress();
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;

  // Empty unless stderr is a terminal.
  [[nodiscard]] ProgressSink sink() const;

 private:
  bool shown_;
};

}  // namespace kelt::cli
