// base/report.h — an Error as a user reads it: what, where, why, what now.
//
//   error[K204]: this model can't be exported as it is; 1 of its 143 operations has no LiteRT form
//
//     head/decode/svd  keras.ops.svd  has no LiteRT op and no finite composition
//       Replace it by keras.ops.eigh of a 2×2 matrix
//
//   Nothing was written. `kelt explain K204` tells more.

#pragma once

#include <span>
#include <string>

#include "base/status.h"

namespace kelt {

// Several errors one after the other, as an error's `what` may go on: a line each with path, op and reason, and its remedy.
[[nodiscard]] std::string list_errors(std::span<const Error> errors);

// `nothing_written`: the failed job would have written a file.
[[nodiscard]] std::string report(const Error& error, bool nothing_written);

}  // namespace kelt
