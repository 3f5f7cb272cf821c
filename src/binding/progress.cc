#include "binding/progress.h"

#include <utility>

#include "binding/attribute.h"

namespace nb = nanobind;

namespace kelt::binding {

void Progress::operator()(std::string_view stage, uint64_t done, uint64_t total) {
  const nb::gil_scoped_acquire gil;
  if (raised_) return;
  try {
    callable_(from_string(stage), done, total);
  } catch (nb::python_error& error) {
    raised_.emplace(std::move(error));
  }
}

void Progress::rethrow() {
  if (raised_) throw nb::python_error(std::move(*raised_));
}

ProgressSink sink_of(const std::shared_ptr<Progress>& progress, const nb::object& callable) {
  if (callable.is_none()) return {};
  return [progress](std::string_view stage, uint64_t done, uint64_t total) { (*progress)(stage, done, total); };
}

}  // namespace kelt::binding
