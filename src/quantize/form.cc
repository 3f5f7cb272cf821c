#include "quantize/form.h"

#include <algorithm>

namespace kelt::quantize {
namespace {

constexpr std::string_view kPerTensor = "-per-tensor";

constexpr NamedForm kForms[] = {
    {"float", {.kind = Kind::kFloat}},
    {"fp16", {.kind = Kind::kHalf}},
    {"int8-dynamic", {.kind = Kind::kDynamic}},
    {"int8-weights", {.kind = Kind::kWeights}},
    {"int8-static", {.kind = Kind::kStatic}},
    {"int16x8", {.kind = Kind::kStatic, .activation_bits = 16}},
    {"int4", {.kind = Kind::kDynamic, .bits = 4}},
    {"int4-block32", {.kind = Kind::kDynamic, .bits = 4, .block = 32}},
    {"int4-block64", {.kind = Kind::kDynamic, .bits = 4, .block = 64}},
    {"int4-block128", {.kind = Kind::kDynamic, .bits = 4, .block = 128}},
    {"int4-block256", {.kind = Kind::kDynamic, .bits = 4, .block = 256}},
    {"int4-static", {.kind = Kind::kStatic, .bits = 4}},
    {"int2", {.kind = Kind::kDynamic, .bits = 2}},
};

bool has_channels(const Form& form) { return form.kind != Kind::kFloat && form.kind != Kind::kHalf && form.block == 0; }

}  // namespace

std::span<const NamedForm> named_forms() { return kForms; }

Result<Form> form_named(std::string_view name) {
  const bool per_tensor = name.ends_with(kPerTensor);
  const std::string_view base = per_tensor ? name.substr(0, name.size() - kPerTensor.size()) : name;
  const auto* const found = std::ranges::find(kForms, base, &NamedForm::name);
  if (found != std::end(kForms) && (!per_tensor || has_channels(found->form))) {
    Form form = found->form;
    form.per_tensor = per_tensor;
    return form;
  }
  std::string names;
  for (const NamedForm& form : kForms) names += (names.empty() ? "" : ", ") + std::string(form.name);
  return Error{.code = Code::kInvalidArgument,
               .what = "there is no form of quantization \"" + std::string(name) + "\"",
               .remedy = "Choose one of " + names + "; -per-tensor behind one of integers by channels gives all weights one scale"};
}

std::string name_of(const Form& form) {
  Form by_channel = form;
  by_channel.per_tensor = false;
  const auto* const found = std::ranges::find(kForms, by_channel, &NamedForm::form);
  return std::string(found == std::end(kForms) ? "?" : found->name) + std::string(form.per_tensor ? kPerTensor : "");
}

}  // namespace kelt::quantize
