// The facts on the lines of the table: the verifier goes by them, and the loops.

#include "lower/table.h"

#include <gtest/gtest.h>

#include <string>

#include "graph/own_nodes.h"
#include "graph/parse.h"
#include "graph/verify.h"

namespace kelt::lower {
namespace {

// What is wrong with a function over x: f32[n,4], i: i32[n,4] and b: bool[n,4] with this body.
std::string table_verdict(const std::string& body) {
  const Result<graph::Module> module =
      graph::parse("fn \"f\" (%0 \"x\": f32[n,4], %1 \"i\": i32[n,4], %2 \"b\": bool[n,4]) {\n" + body + "\n} -> (%0 \"y\")");
  if (!module.ok()) return module.error().what;
  const Result<void> result = graph::verify(*module, find_facts);
  return result.ok() ? "" : result.error().what;
}

TEST(Table, OperandsThatComputeTogetherHaveOneDtype) {
  EXPECT_EQ(table_verdict("%3: f32[n,4] = add(x1=%0, x2=%1)"), "G11: x2 is i32[n, 4]; it computes together with f32");
  EXPECT_EQ(table_verdict("%3: f32[n,4] = fmax(x1=%0, x2=%1)"), "G11: x2 is i32[n, 4]; it computes together with f32");
  EXPECT_EQ(table_verdict("%3: f32[n,4] = add(x1=%0, x2=%0)"), "");
}

TEST(Table, ConditionsAreBool) {
  EXPECT_EQ(table_verdict("%3: f32[n,4] = where(condition=%1, x1=%0, x2=%0)"),
            "G11: condition is i32[n, 4]; it computes together with bool");
  EXPECT_EQ(table_verdict("%3: bool[n,4] = logical_and(x1=%2, x2=%0)"), "G11: x2 is f32[n, 4]; it computes together with bool");
  EXPECT_EQ(table_verdict("%3: bool[n,4] = logical_and(x1=%2, x2=%2)"), "");
}

TEST(Table, EveryNodeOfTheModulesOwnHasALine) {
  for (const graph::OwnNode& own : graph::own_nodes()) EXPECT_NE(find_lowering(own.op), nullptr) << own.op;
}

}  // namespace
}  // namespace kelt::lower
