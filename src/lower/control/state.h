// lower/control/state.h — the first values of the states.

#pragma once

#include "litert/model.h"
#include "lower/core/lowering.h"

namespace kelt::lower {

// Puts a CALL_ONCE in front of every function that reads or writes a state.
void begin_states(Session& session, litert::Model& model);

}  // namespace kelt::lower
