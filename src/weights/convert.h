// weights/convert.h — runs of elements from one dtype to another, as numpy's astype converts them.
//
// Integers wrap, float → int truncates, anything → bool asks for ≠ 0, complex drops its imaginary part. A float that its
// integer type can't hold gives what x86 gives, everywhere: the lowest value of the width that numpy converts through.

#pragma once

#include <cstddef>

#include "weights/dtype.h"

namespace kelt {

// Neither side is int4: that is packed (see pack_int4).
void convert(DType from, const std::byte* in, DType to, std::byte* out, size_t count);

// Two int4 to a byte, the first in the low bits.
void pack_int4(const std::byte* int8, std::byte* out, size_t count);
void unpack_int4(const std::byte* packed, std::byte* int8, size_t count);  // from an even element on

}  // namespace kelt
