// verify/cure.h — what would make a layer of a quantized file better.

#pragma once

#include <string>

#include "litert/model.h"
#include "quantize/form.h"

namespace kelt::verify {

// The next better form of an operator that has `form` now; empty where there is none. `weights`: null where it has none.
[[nodiscard]] std::string cure_of(const quantize::Form& form, const litert::Operator& op, const litert::Tensor* weights);

}  // namespace kelt::verify
