// lower/core/compute_dtype.h — the dtype in which an operator gives right numbers, for operands of a dtype that it may lack.
//
// What other element types do was measured: rejected, read as quantized, or a crash. float16 runs only where XNNPACK takes
// the operator, so it computes in float32 everywhere. Operators that only move data are listed where they lack a type.

#pragma once

#include <optional>

#include "litert/model.h"

namespace kelt::lower {

// `dtype` itself where the operator has it, else the narrowest one that holds its values. Empty: there is none.
[[nodiscard]] std::optional<DType> compute_dtype(litert::BuiltinOperator code, DType dtype);

// With how many axes of this dtype the runtime takes the operator. XNNPACK takes six, and rejects the whole file for one of its own with
// more.
[[nodiscard]] int rank_limit(litert::BuiltinOperator code, DType dtype);

}  // namespace kelt::lower
