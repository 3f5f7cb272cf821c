// lower/hash/hash.h — the hashes of texts, each an int64 [n] whose 64 bits are meant without a sign.

#pragma once

#include <span>

#include "lower/hash/text.h"

namespace kelt::lower {

// x ^ x >> 47, which FarmHash and the hash of crossed integers mix by.
Value mixed(Lowering& to, const Value& x);

// `wide`: the texts are those of integers of 64 bits, which may be longer than 16.
Result<Value> farm_hash(Lowering& to, const Text& text, bool wide);
// SipHash-2-4 (Aumasson and Bernstein, 2012), by a key of two numbers.
Result<Value> sip_hash(Lowering& to, const Text& text, std::span<const int64_t> key);

}  // namespace kelt::lower
