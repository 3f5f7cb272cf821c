// binding/progress.h — a Python callable as a sink.

#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string_view>

#include "base/sink.h"

namespace kelt::binding {

// It is called with the GIL, which the core runs without; what it raises waits until the core has come back.
class Progress {
 public:
  explicit Progress(nanobind::object callable) : callable_(std::move(callable)) {}

  void operator()(std::string_view stage, uint64_t done, uint64_t total);
  void rethrow();

 private:
  nanobind::object callable_;
  std::optional<nanobind::python_error> raised_;
};

// Empty for None.
[[nodiscard]] ProgressSink sink_of(const std::shared_ptr<Progress>& progress, const nanobind::object& callable);

}  // namespace kelt::binding
