// litert/text.h — a model as text, for the tests of passes and for people. Weights may be left out, so it is no file format.
//
//   fn (x: f32[n,8,8,3]) {
//     @k: f32[8,3,3,3]                                                     a constant with values made from its name
//     c: f32[n,4,4,8] = CONV_2D(x, @k, @b: f32[8] = 0) {stride_w: 2, stride_h: 2}   # stem/conv
//     y = ADD(c, const f32[8] [1, 2, 3, 4, 5, 6, 7, 8])
//   } -> (y)
//
// A result without a type has that of the first input that is no constant (or else of the first). Options are those of the schema, with its
// names and defaults; `Table{…}` names the table where it is not the op's usual one. `_` is an absent input, `q{…}` after a type its
// QuantizationParameters, `~5` the source value 5 (`~1.5`: of function 1), `# …` the layer's path, `// …` a comment.
// Several functions may follow each other; `signature "key" 0 (x: x) -> (y: y)` names the ports of a function, and without
// any the first function is "serving_default" with its tensors' names.

#pragma once

#include <string>
#include <string_view>

#include "litert/model.h"

namespace kelt::litert {

struct TextOptions {
  bool canonical = false;      // tensors and ports named by their order: equal text, equal computation
  size_t largest_inline = 16;  // elements of a constant shown in full; a larger one shows a hash
  bool hashes = true;          // else large constants aren't read at all
};

[[nodiscard]] std::string to_text(const Model& model, const TextOptions& options = {});
[[nodiscard]] Result<Model> parse_text(std::string_view text);

// "f32[n, 8]"; types without arrays by their lower-case schema name: "string[3]".
[[nodiscard]] std::string type_text(TensorType type, const Dims& dims);

}  // namespace kelt::litert
