// quantize/layers.h — the layers that operators came from, and the patterns that recipes name them by.

#pragma once

#include <string>
#include <string_view>

#include "litert/model.h"

namespace kelt::quantize {

// "CONV_2D"
[[nodiscard]] std::string name_of(const litert::Operator& op);

// The path of the Keras layer; in a file, which has no paths, the name of the first result, which begins with it.
[[nodiscard]] std::string layer_of(const litert::Subgraph& graph, const litert::Operator& op);

// Whether the pattern matches the path or one that it lies in: "encoder" matches "encoder/dense/matmul". * stands for any
// characters, ? for one.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view path);

}  // namespace kelt::quantize
