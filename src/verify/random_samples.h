// verify/random_samples.h — where no samples are given.

#pragma once

#include <vector>

#include "calibrate/data.h"
#include "litert/model.h"

namespace kelt::verify {

// A few of each signature, in the range that the quantized file's inputs have where it is known, else between -1 and 1; integers from
// 0 to 9. Unknown dims are 1.
[[nodiscard]] std::vector<calibrate::Data> random_samples(const litert::Model& floats, const litert::Model& quantized);

}  // namespace kelt::verify
