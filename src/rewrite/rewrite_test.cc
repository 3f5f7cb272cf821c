// The machinery, by rules of its own; the rules of the table have tests of their families.

#include "rewrite/rewrite.h"

#include <set>
#include <vector>

#include "rewrite/pattern.h"
#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

void expect_by(const Rule& rule, std::string_view before, std::string_view after) {
  const Entry entries[] = {{&rule, "a test"}};
  expect_rewrite(before, after, entries);
}

TEST(Table, HoldsRulesThatCompileUnderNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Entry& entry : table()) {
    EXPECT_TRUE(names.insert(entry.rule->name).second) << entry.rule->name;
    EXPECT_FALSE(entry.reason.empty()) << entry.rule->name;
    const Result<CompiledRule> compiled = compile(*entry.rule);
    EXPECT_TRUE(compiled.ok()) << compiled.error().to_string();
  }
}

std::string error_of(const Rule& rule) {
  const Result<CompiledRule> compiled = compile(rule);
  return compiled.ok() ? "compiled" : compiled.error().to_string();
}

TEST(Rule, WithAWrongTextIsRejected) {
  EXPECT_NE(error_of({"r", "%y = exp(x=%x", "%y = exp(x=%x)"}).find("expected"), std::string::npos);
  EXPECT_NE(error_of({"r", "%y = exp(x=%x)", "%y = exp(x=%z)"}).find("reads what nothing makes"), std::string::npos);
  EXPECT_NE(error_of({"r", "%y = exp(x=%x)", "%z = exp(x=%x)"}).find("does not end with the root"), std::string::npos);
  EXPECT_NE(error_of({"r", "%y = exp(x=%x)", "%y = exp(x=%x)", nullptr, "z"}).find("shared value"), std::string::npos);
}

TEST(Pattern, AsksForTypesAndBindsTheirDims) {
  constexpr Rule kSquareMatrix{
      .name = "transpose of a square matrix", .pattern = "%y: f32[a,a] = transpose(x=%x, axes=$axes)", .replacement = R"(
                                   %wide: f32[1,a] = mean(x=%x, axis=0, keepdims=True)
                                   %y = add(x1=%wide, x2=%x))"};
  expect_by(kSquareMatrix, R"(fn "f" (%0 "x": f32[s,s]) { %1: f32[s,s] = transpose(x=%0, axes=[1, 0]) } -> (%1 "y"))",
            R"(fn "f" (%0 "x": f32[s,s]) {
                 %1: f32[1,s] = mean(x=%0, axis=0, keepdims=True)
                 %2: f32[s,s] = add(x1=%1, x2=%0) } -> (%2 "y"))");
  constexpr char kOblong[] = R"(fn "f" (%0 "x": f32[s,n]) { %1: f32[n,s] = transpose(x=%0, axes=[1, 0]) } -> (%1 "y"))";
  expect_by(kSquareMatrix, kOblong, kOblong);
  constexpr char kHalf[] = R"(fn "f" (%0 "x": f16[s,s]) { %1: f16[s,s] = transpose(x=%0, axes=[1, 0]) } -> (%1 "y"))";
  expect_by(kSquareMatrix, kHalf, kHalf);
}

TEST(Pattern, ReturnsToAnEarlierChoice) {
  // The sum has to take its operands in the second order before the product can be right.
  constexpr Rule kRule{
      .name = "backtracking", .pattern = "%sum = add(x1=%a, x2=%b)\n%y = subtract(x1=%sum, x2=%a)", .replacement = "%y = same(x=%b)"};
  expect_by(kRule, R"(fn "f" (%0 "p": f32[4], %1 "q": f32[4]) {
                        %2: f32[4] = add(x1=%0, x2=%1)
                        %3: f32[4] = subtract(x1=%2, x2=%1) } -> (%3 "y"))",
            R"(fn "f" (%0 "p": f32[4], %1 "q": f32[4]) { } -> (%0 "y"))");
}

TEST(Pattern, TakesACastThatMayBeThere) {
  constexpr Rule kRule{.name = "an optional cast",
                       .pattern = "%wide = cast(x=%x, dtype=f32)\n%wide = same(x=%x)\n%y = exp(x=%wide)",
                       .replacement = "%y = expm1(x=%x)"};
  expect_by(kRule, R"(fn "f" (%0 "x": f32[4]) { %1: f32[4] = exp(x=%0) } -> (%1 "y"))",
            R"(fn "f" (%0 "x": f32[4]) { %1: f32[4] = expm1(x=%0) } -> (%1 "y"))");
  constexpr Rule kKept{.name = "an optional cast that is kept",
                       .pattern = "%wide = cast(x=%x, dtype=f32)\n%y = exp(x=%wide)",
                       .replacement = "%again: f32 = cast(x=%x, dtype=f32)\n%y = square(x=%again)"};
  expect_by(kKept, R"(fn "f" (%0 "x": i32[4]) { %1: f32[4] = cast(x=%0, dtype=f32)  %2: f32[4] = exp(x=%1) } -> (%2 "y"))",
            R"(fn "f" (%0 "x": i32[4]) { %1: f32[4] = cast(x=%0, dtype=f32)  %2: f32[4] = square(x=%1) } -> (%2 "y"))");
}

TEST(Pattern, IsNotMetByANodeWithAnArgumentThatItDoesNotName) {
  constexpr Rule kRule{.name = "mean", .pattern = "%y = mean(x=%x, axis=-1)", .replacement = "%y = same(x=%x)"};
  constexpr char kKept[] = R"(fn "f" (%0 "x": f32[4]) { %1: f32[1] = mean(x=%0, axis=-1, keepdims=True) } -> (%1 "y"))";
  expect_by(kRule, kKept, kKept);
}

TEST(Rewriting, KeepsWhereValuesComeFrom) {
  const graph::Module module = module_of(R"(
fn "f" (%0 "x": f32[4]) {
  %1: f32[] = constant(value=3)
  %2: f32[4] = exp(x=%0)
  %3: f32[4] = power(x1=%2, x2=%1)
  %4: f32[4] = tanh(x=%3)
} -> (%4 "y"))");
  const Result<Rewritten> result = rewrite_module(module);
  ASSERT_TRUE(result.ok());
  // x, exp, the square that is new, the cube, tanh.
  EXPECT_EQ(result->origins[0], (std::vector<int>{0, 2, kNoOrigin, 3, 4}));
}

TEST(Rewriting, LeavesAModuleWithoutMatchesAsItIs) {
  const graph::Module module = module_of(R"(
fn "f" (%1 "x": f32[4]) {
  %0: f32[4] = exp(x=%1)
  %2: f32[4] = tanh(x=%1)
} -> (%0 "y"))");
  const Result<Rewritten> result = rewrite_module(module);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->module.functions, module.functions);
  EXPECT_EQ(result->origins[0], (std::vector<int>{0, 1, 2}));
}

}  // namespace
}  // namespace kelt::rewrite
