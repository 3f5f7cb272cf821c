// litert/testing.h — tests of passes as graphs before and after, in the text form (litert/text.h).

#pragma once

#include <gtest/gtest.h>

#include "litert/text.h"

namespace kelt::litert {

// Reads a text that has to be right.
inline Model model_of(std::string_view text) {
  Result<Model> model = parse_text(text);
  if (model.ok()) return *std::move(model);
  ADD_FAILURE() << model.error().to_string() << "\n" << text;
  return {};
}

// Equal for models that compute the same in the same order: tensors by order, constants by value, without dead tensors.
inline std::string canonical_text(const Model& model) { return to_text(model, {.canonical = true}); }

namespace internal {

inline std::vector<std::string> port_names(const Model& model) {
  std::vector<std::string> names;
  for (const Signature& signature : model.signatures) {
    names.push_back(signature.key);
    for (const SignaturePort& port : signature.inputs) names.push_back(port.name);
    for (const SignaturePort& port : signature.outputs) names.push_back(port.name);
  }
  return names;
}

// `pass`: Result<bool>(Model&), whether it changed something.
template <typename Pass>
void expect_result(Pass&& pass, std::string_view before, std::string_view after, bool changes) {
  Model model = model_of(before);
  const std::vector<std::string> ports = port_names(model);
  const Result<bool> changed = pass(model);
  ASSERT_TRUE(changed.ok()) << changed.error().to_string();
  EXPECT_EQ(canonical_text(model), canonical_text(model_of(after)));
  EXPECT_EQ(*changed, changes) << "the pass says whether it changed something";
  EXPECT_EQ(port_names(model), ports) << "a pass keeps the signatures' names";
}

}  // namespace internal

template <typename Pass>
void expect_rewrite(Pass&& pass, std::string_view before, std::string_view after) {
  internal::expect_result(pass, before, after, true);
}

template <typename Pass>
void expect_unchanged(Pass&& pass, std::string_view text) {
  internal::expect_result(pass, text, text, false);
}

}  // namespace kelt::litert
