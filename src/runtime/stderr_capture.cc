#include "runtime/stderr_capture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>

namespace kelt::runtime {
namespace {

constexpr std::array<std::string_view, 4> kSeverities = {"ERROR: ", "WARNING: ", "INFO: ", "VERBOSE: "};

std::string read_file(int file) {
  std::string text;
  std::array<char, 4096> part;
  lseek(file, 0, SEEK_SET);
  while (true) {
    const ssize_t count = read(file, part.data(), part.size());
    if (count <= 0) return text;
    text.append(part.data(), static_cast<size_t>(count));
  }
}

void hand_on(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(STDERR_FILENO, text.data(), text.size());
    if (count <= 0) return;
    text.remove_prefix(static_cast<size_t>(count));
  }
}

}  // namespace

std::string capture_stderr(const std::function<void()>& call) {
  static std::mutex holds_stderr;  // as there is one stderr
  const std::lock_guard lock(holds_stderr);
  const int file = memfd_create("stderr", MFD_CLOEXEC);
  const int terminal = file < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  if (terminal < 0 || dup2(file, STDERR_FILENO) < 0) {  // no stderr to hold: nothing to keep quiet
    if (terminal >= 0) close(terminal);
    if (file >= 0) close(file);
    call();
    return {};
  }
  call();
  dup2(terminal, STDERR_FILENO);
  close(terminal);
  const std::string text = read_file(file);
  close(file);

  std::string said;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    bool of_runtime = line == "\n";  // the runtime ends some of its lines twice
    for (const std::string_view severity : kSeverities) {
      if (!line.starts_with(severity)) continue;
      line.remove_prefix(severity.size());
      of_runtime = true;
    }
    if (of_runtime) {
      said += line;
    } else {
      hand_on(line);
    }
  }
  while (said.ends_with('\n')) said.pop_back();
  return said;
}

}  // namespace kelt::runtime
