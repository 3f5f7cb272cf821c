// rewrite/testing.h — rules as their tests call them: the graph before and after as text (graph/print.h shows its form).

#pragma once

#include <gtest/gtest.h>

#include <string>

#include "graph/parse.h"
#include "graph/print.h"
#include "graph/verify.h"
#include "rewrite/rewrite.h"
#include "rewrite/rules.h"

namespace kelt::rewrite {

inline graph::Module module_of(std::string_view text) {
  Result<graph::Module> module = graph::parse(text);
  EXPECT_TRUE(module.ok()) << module.error().to_string() << "\n" << text;
  if (!module.ok()) return {};
  const Result<void> verified = graph::verify(*module);
  EXPECT_TRUE(verified.ok()) << verified.error().to_string() << "\n" << text;
  return *std::move(module);
}

// What the rules make of it, which must be a module that verifies.
inline std::string rewritten(const graph::Module& module, std::span<const Entry> rules = table()) {
  const Result<Rewritten> result = rewrite_module(module, rules);
  EXPECT_TRUE(result.ok()) << result.error().to_string();
  if (!result.ok()) return {};
  const Result<void> verified = graph::verify(result->module);
  EXPECT_TRUE(verified.ok()) << verified.error().to_string() << "\n" << graph::print(result->module);
  return graph::print(result->module);
}

inline void expect_rewrite(std::string_view before, std::string_view after, std::span<const Entry> rules = table()) {
  EXPECT_EQ(rewritten(module_of(before), rules), graph::print(module_of(after)));
}

inline void expect_unchanged(std::string_view text, std::span<const Entry> rules = table()) { expect_rewrite(text, text, rules); }

// A function of `x` and more inputs, with these nodes, that gives `outputs`.
inline std::string function_of(std::string_view inputs, std::string_view nodes, std::string_view outputs) {
  return "fn \"f\" (" + std::string(inputs) + ") {\n" + std::string(nodes) + "\n} -> (" + std::string(outputs) + ")\n";
}

}  // namespace kelt::rewrite
