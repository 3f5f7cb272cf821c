// Any model that can be read is quantized by any recipe, or rejected.
// Seeds: testdata/quant_refs/tf

#include <cstdint>
#include <string_view>
#include <vector>

#include "litert/op_versions.h"
#include "litert/read.h"
#include "litert/text.h"
#include "quantize/operands.h"
#include "quantize/prepare.h"
#include "quantize/quantize.h"
#include "quantize/validate.h"

namespace {

constexpr std::string_view kRecipes[] = {
    R"({"form": "int8-dynamic", "min_elements": 1})",
    R"({"form": "int4", "min_elements": 1, "weights": "min-max"})",
    R"({"form": "int4-block32", "min_elements": 1})",
    R"({"form": "int8-weights", "min_elements": 1})",
    R"({"form": "fp16"})",
    R"({"form": "int8-static", "inputs": "int8", "outputs": "uint8", "bias_correction": true})",
    R"({"form": "int8-static", "delegate_aware": false})",
    R"({"form": "int16x8", "full_integer": false})",
};

// Of every tensor, as though it had been seen.
kelt::statistics::Statistics statistics_of(const kelt::litert::Model& model) {
  kelt::statistics::Statistics statistics;
  for (size_t graph = 0; graph < model.subgraphs.size(); ++graph) {
    for (size_t tensor = 0; tensor < model.subgraphs[graph].tensors.size(); ++tensor) {
      const kelt::litert::Place place{static_cast<int>(graph), static_cast<kelt::litert::TensorId>(tensor)};
      add_bounds(statistics.tensors[place], {-1, 2});
    }
  }
  return statistics;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kelt;
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::vector<std::byte> file(bytes.begin(), bytes.end());
  const Result<litert::Model> read = litert::read_model(std::span(file));
  if (!read.ok() || !quantize::check_operands(*read).ok()) return 0;
  for (const std::string_view text : kRecipes) {
    const quantize::Recipe recipe = *quantize::parse_recipe(text);
    litert::Model model = *read;
    (void)quantize::prepare(model, recipe);
    const statistics::Statistics statistics = statistics_of(model);
    if (!quantize::quantize_model(model, recipe, {.statistics = &statistics}).ok()) continue;
    litert::set_versions(model);
    (void)quantize::faults_of(model);
    (void)litert::to_text(model);
  }
  return 0;
}
