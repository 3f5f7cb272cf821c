// weights/fingerprint.h — 64 bits that tell whether an array is still the one it was. Not for adversaries.

#pragma once

#include <cstdint>

#include "weights/array.h"

namespace kelt {

// Of the bytes alone, whatever source they come from; the same on every machine.
[[nodiscard]] Result<uint64_t> fingerprint(const Array& array);

}  // namespace kelt
