// base/sink.h — where the library says what it is doing. By itself it says nothing: an empty sink is silence.
//
// Sinks are called only from the thread that called the library, never from its workers.

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace kelt {

// `done` of `total` units of a stage: "capture", "lower", "write", ….
using ProgressSink = std::function<void(std::string_view stage, uint64_t done, uint64_t total)>;

enum class Severity { kDebug, kInfo, kWarning };
using LogSink = std::function<void(Severity severity, std::string_view message)>;

struct Sinks {
  ProgressSink progress;
  LogSink log;

  void report(std::string_view stage, uint64_t done, uint64_t total) const {
    if (progress) progress(stage, done, total);
  }
  void say(Severity severity, std::string_view message) const {
    if (log) log(severity, message);
  }
};

}  // namespace kelt
