// lower/fft/lowerings.h — the lowerings of Fourier transforms and of the windows that signals are cut into.

#pragma once

#include "lower/core/arguments.h"
#include "lower/core/lowering.h"
#include "lower/fft/dft.h"

namespace kelt::lower {

// The argument `x` of a real and an imaginary part.
Complex read_pair(Arguments& args, Lowering& to);

// fft.cc
Result<void> lower_fft(const graph::Node& node, Lowering& to);
Result<void> lower_fft2(const graph::Node& node, Lowering& to);
Result<void> lower_ifft2(const graph::Node& node, Lowering& to);
Result<void> lower_rfft(const graph::Node& node, Lowering& to);
Result<void> lower_irfft(const graph::Node& node, Lowering& to);
Result<void> lower_view_as_complex(const graph::Node& node, Lowering& to);
Result<void> lower_view_as_real(const graph::Node& node, Lowering& to);
// stft.cc
Result<void> lower_extract_sequences(const graph::Node& node, Lowering& to);
Result<void> lower_stft(const graph::Node& node, Lowering& to);
Result<void> lower_istft(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
