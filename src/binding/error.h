// binding/error.h — an Error becomes kelt._native.Error: a RuntimeError with code, path, op, what, remedy and notes.

#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <tuple>

#include "base/status.h"

namespace kelt::binding {

// Makes the exception type.
void bind_error(nanobind::module_& module);
[[noreturn]] void raise(const Error& error);
// How an error reads (base/report.h).
void bind_report(nanobind::module_& module);

using ErrorParts = std::tuple<int, std::string, std::string, std::string, std::string>;  // code, what, path, op, remedy
[[nodiscard]] ErrorParts parts_of(const Error& error);

// The value, or the exception.
template <typename T>
T take(Result<T> result) {
  if (!result.ok()) raise(result.error());
  return *std::move(result);
}
inline void take(const Result<void>& result) {
  if (!result.ok()) raise(result.error());
}

}  // namespace kelt::binding
