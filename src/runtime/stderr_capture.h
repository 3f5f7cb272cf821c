// runtime/stderr_capture.h — what a call prints on the terminal, as text.
//
// Parts of libLiteRt print to stderr whatever its options say: one line when the first model of a process is compiled, and the
// reason when a file can't be read. Stderr belongs to the whole process, so it is held only for such short calls, and what
// others print meanwhile is handed on.

#pragma once

#include <functional>
#include <string>

namespace kelt::runtime {

// The lines that the runtime logged ("ERROR: …") while `call` ran, without their severity. Other lines reach stderr afterwards.
[[nodiscard]] std::string capture_stderr(const std::function<void()>& call);

}  // namespace kelt::runtime
