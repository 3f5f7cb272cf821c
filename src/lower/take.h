// lower/take.h — indices as numpy means them, for whoever gathers.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// int32 or int64 indices counted from the front. Left as they are where they can't be negative; past the end they stay past the
// end, so that the runtime reports them.
Result<Value> from_the_front(Lowering& to, const Value& indices, const Dim& length);

}  // namespace kelt::lower
