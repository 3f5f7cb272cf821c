// quantize/recipe.h — what a user asks for: a form for the model, others for some of its layers.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "litert/model.h"
#include "quantize/form.h"
#include "quantize/goal.h"
#include "statistics/ranges.h"
#include "weights/quantize.h"

namespace kelt::quantize {

// How the integers of weights are chosen.
enum class WeightMethod : uint8_t {
  kAuto,    // GPTQ for dense layers where there are samples, but for 8 bits beside integers; else clip
  kMinMax,  // nothing is cut off
  kClip,    // the least squared error of the weights
  kGptq,    // of dense layers the least error of the results over samples; of others clip
};
// The scales under any of them.
[[nodiscard]] ScaleChoice scales_by(WeightMethod method);

// For the operators that it matches; the last that does counts.
struct Rule {
  std::string layers = "*";                  // a pattern of layers' paths (quantize/layers.h)
  std::vector<litert::BuiltinOperator> ops;  // any, if empty
  Form form;
};

struct Recipe {
  Form form;
  std::vector<Rule> rules;
  std::vector<std::string> skip;  // patterns of layers that stay as they are
  statistics::RangeMethod ranges = statistics::RangeMethod::kMse;
  WeightMethod weights = WeightMethod::kAuto;
  bool bias_correction = false;  // of the mean error of rounded weights, but for GPTQ; verify knows only biases as they were
  litert::TensorType inputs = litert::TensorType::FLOAT32;  // of float inputs: or INT8, UINT8, INT16
  litert::TensorType outputs = litert::TensorType::FLOAT32;
  std::optional<int64_t> min_elements = {};  // fewer weights stay as they are
  bool full_integer = false;                 // every operator in its form, or an error
  bool delegate_aware = true;                // on int8, what XNNPACK leaves to builtin kernels stays in floats
  bool may_find_nothing = false;             // a model in which nothing can be quantized is no error
  bool half_accumulation = false;            // XNNPACK may compute in float16 what the file has in float32
  std::optional<Goal> goal = {};             // then the forms are searched, beside the rules and what is skipped
};

// A name ("int8-dynamic"), or JSON:
//   {"form": "int8-dynamic", "rules": [{"layers": "encoder/*", "ops": ["FULLY_CONNECTED"], "form": "int4"}], "skip": ["head"],
//    "ranges": "mse", "weights": "clip", "bias_correction": false, "inputs": "int8", "outputs": "int8", "full_integer": true}
// or with a goal: {"target_snr": 30, "forms": ["float", "int8-dynamic", "int4"], "skip": ["head"]}, {"max_size": "40%"}.
[[nodiscard]] Result<Recipe> parse_recipe(std::string_view text);
// JSON, readable and complete: parse_recipe() gives the same recipe back.
[[nodiscard]] std::string to_json(const Recipe& recipe);
// The recipe of that name; form names are recipes too.
[[nodiscard]] Result<Recipe> recipe_named(std::string_view name);

// How many weights of an operator are worth it, where the recipe doesn't say: of a product 256; of a convolution, whose few weights
// meet every place of an image, 1,024.
[[nodiscard]] int64_t min_elements_of(const Recipe& recipe, litert::BuiltinOperator op);

// Whether some operator is to have integer activations, which needs statistics.
[[nodiscard]] bool is_static(const Recipe& recipe);

}  // namespace kelt::quantize
