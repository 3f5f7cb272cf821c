// verify/segments.h — the operators of a quantized file that stand for one of the float file, alone in a model.
//
// Its inputs are tensors that stand for some of the float file's, whose values are known; so it shows what it makes of the right
// numbers, whatever went wrong before it.

#pragma once

#include <string>
#include <vector>

#include "quantize/form.h"
#include "verify/twins.h"

namespace kelt::verify {

struct Segment {
  std::vector<litert::TensorId> inputs;     // of the quantized file: that stand for activations, or are inputs of it
  std::vector<litert::TensorId> outputs;    // that stand for activations
  std::vector<litert::TensorId> constants;  // that it reads
  litert::Model model;                      // of one signature, kSegment; its ports have the names "0", "1", …
  quantize::Form form;                      // the coarsest of its operators
};
inline constexpr char kSegment[] = "layer";

struct Segments {
  std::vector<Segment> of;  // in order of execution
  size_t left_out = 0;      // operators that can't stand alone, with states or with subgraphs, or that stand for nothing in the float file
};
[[nodiscard]] Segments segments_of(const quantize::Graph& quantized, const Twins& twins);

}  // namespace kelt::verify
