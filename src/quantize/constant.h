// quantize/constant.h — quantized constants as tensors of a file, and back.

#pragma once

#include <string>

#include "litert/model.h"
#include "weights/quantized.h"

namespace kelt::quantize {

// A new constant tensor: one scale, one for each place of an axis, or float16 scales of blocks along the last axis in a tensor
// of their own (NAME/scales). Other forms of scales, and zero points of blocks, are rejected: no file holds them.
[[nodiscard]] Result<litert::TensorId> add_quantized(litert::Subgraph& subgraph, const Quantized& quantized, std::string name);

// Blocks even where one is as long as the axis, for which add_quantized takes the form per channel.
[[nodiscard]] Result<litert::TensorId> add_in_blocks(litert::Subgraph& subgraph, const Quantized& quantized, std::string name);

// The integers of a constant tensor with their scales; empty if it isn't quantized, or to something else than 2, 4 or 8 bits.
[[nodiscard]] Result<std::optional<Quantized>> read_quantized(const litert::Subgraph& subgraph, litert::TensorId id);

}  // namespace kelt::quantize
