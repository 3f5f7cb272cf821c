// optimize/height.h — rows [n, w, c] and images of a height of 1, [n, 1, w, c]: how a file writes one as the other (lower/core/ops:
// expand_dims and squeeze), and what operators compute on both alike.

#pragma once

#include <optional>
#include <vector>

#include "optimize/rewriter.h"

namespace kelt::optimize {

// The image of which `row` is only the row, if an operator drops its height to make it.
[[nodiscard]] std::optional<litert::TensorId> image_of(Rewriter& in, litert::TensorId row);

struct Heightened {
  litert::TensorId image = litert::kNoTensor;
  std::vector<OperatorId> operators;
};
// The image that operator `id`, which reads a row, makes of it, with the operators that do: one or two.
[[nodiscard]] std::optional<Heightened> heightened(Rewriter& in, OperatorId id);

// What an operator has beside its operands that tells axes apart.
enum class AxisTable {
  kNone,         // elementwise, or along the last axis
  kAxes,         // the axes that a reduction keeps with a length of 1, at operand 1
  kDroppedAxes,  // the axes that a reduction drops, the width among them
  kShape,        // what becomes of a RESHAPE, which doesn't ask what its operand was
  kPaddings,     // one row an axis, at operand 1
  kBox,          // begin and size, at operands 1 and 2
  kSteps,        // begin, end and strides, at operands 1 to 3
  kAxis,         // of a CONCATENATION
};
// Set where the operator makes a row of rows, and the same image of images.
[[nodiscard]] std::optional<AxisTable> works_on_images(Rewriter& in, OperatorId id);
// Set where it makes something else of a row, and the same of the image.
[[nodiscard]] std::optional<AxisTable> reads_images(Rewriter& in, OperatorId id);
// Changes that for operands that are images from now on.
[[nodiscard]] Result<void> adapt(Rewriter& in, OperatorId id, AxisTable table);

[[nodiscard]] bool is_row(Rewriter& in, litert::TensorId tensor);  // of rank 3, and no constant
[[nodiscard]] Dims with_height(const Dims& row);
// New operators behind `id`: `row`, from an image; and the image of a row.
void insert_row_of(Rewriter& in, OperatorId id, litert::TensorId image, litert::TensorId row);
void insert_image_of(Rewriter& in, OperatorId id, litert::TensorId row, litert::TensorId image);

}  // namespace kelt::optimize
