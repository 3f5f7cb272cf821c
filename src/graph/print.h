// graph/print.h — the text form of a module: what parse reads back to an equal module.
//
//   proven "n" = [1, 3]
//   valid "serving_default" = [-n + 512]
//   weight @0 "conv/kernel": f32[3,3,3,8] = file("weights-09c1….bin", 0)
//   weight @1 "conv/bias": f32[8] = [0.0, 0.5, …]
//   state $0 "rnn/h": f32[1,8] = @1
//   fn "serving_default" (%0 "image": f32[n,32,32,3]) {
//     %1: f32[3,3,3,8] = weight(table=@0)
//     %2: f32[n,30,30,8] = conv(inputs=%0, kernel=%1, strides=[1, 1], padding="valid")  # stem/conv
//   } -> (%2 "features")
//
// Weights of up to 64 bytes stand in the text, as numbers or as hex("…"); the others in one file beside it (layout.h).
// Attributes: None, True, -3, 0.5, inf, nan, "text", f32 (a dtype), {2*n + 1} (a dim), %0 @0 $0 (value, weight, state), ...,
// [a, b], slice(a, b, c). What follows `#` is the path of the layer; `//` is a comment.

#pragma once

#include <string>
#include <string_view>

#include "graph/layout.h"
#include "graph/module.h"

namespace kelt::graph {

// `weights_file`: the name of the file with the weights that the text does not hold.
[[nodiscard]] std::string print(const Module& module, std::string_view weights_file = kWeightsFile);
[[nodiscard]] std::string print(const Function& function);
[[nodiscard]] std::string print(const Node& node, const std::vector<Value>& values);
[[nodiscard]] std::string print(const Attribute& attribute);
// f32[n, 8]
[[nodiscard]] std::string type_text(DType dtype, const Dims& dims);
[[nodiscard]] std::string type_text(const Value& value);

}  // namespace kelt::graph
