// Each rule of verify.h, broken.

#include "graph/verify.h"

#include <gtest/gtest.h>

#include <string>

#include "graph/builder.h"
#include "graph/parse.h"

namespace kelt::graph {
namespace {

constexpr OpFacts kPair{.operands = "x1 x2", .output = OutputRule::kSame};
constexpr OpFacts kUnary{.operands = "x", .output = OutputRule::kSame};
constexpr OpFacts kLess{.operands = "x1 x2", .output = OutputRule::kBool};
constexpr OpFacts kWhere{.operands = "x1 x2", .bools = "condition", .output = OutputRule::kSame};
constexpr OpFacts kConcatenate{.operands = "xs", .output = OutputRule::kSame};

const OpFacts* facts_of(std::string_view op) {
  if (op == "add") return &kPair;
  if (op == "less") return &kLess;
  if (op == "where") return &kWhere;
  if (op == "concatenate") return &kConcatenate;
  return op == "exp" || op == "negative" ? &kUnary : nullptr;
}

// The rule that the module breaks: "G3", or "" if it keeps them all.
std::string rule(const Module& module) {
  const Result<void> result = verify(module, facts_of);
  if (result.ok()) return "";
  EXPECT_EQ(result.error().code, Code::kTypeMismatch);
  return result.error().what.substr(0, result.error().what.find(':'));
}

std::string rule(const std::string& text) {
  const Result<Module> module = parse(text);
  EXPECT_TRUE(module.ok()) << text << ": " << module.error().to_string();
  return module.ok() ? rule(*module) : "unparsed";
}

// A function over x, y: f32[n,4] and i: i32[n], with this body, that gives x.
std::string rule_of_body(const std::string& body) {
  return rule(
      "weight @0 \"k\": f32[2] = [1, 2]\nstate $0 \"s\": f32[2] = @0\n"
      "fn \"f\" (%0 \"x\": f32[n,4], %1 \"y\": f32[n,4], %2 \"i\": i32[n]) {\n" +
      body + "\n} -> (%0 \"out\")");
}

TEST(Verify, PassesAModuleThatKeepsTheRules) {
  EXPECT_EQ(rule_of_body(R"(%3: f32[2] = weight(table=@0)
                            %4: f32[n,4] = add(x1=%0, x2=%1)
                            %5: bool[n,4] = less(x1=%0, x2=%4)
                            %6: f32[n,4] = where(condition=%5, x1=%0, x2=%1)
                            %7: i32[2] = constant(value=[1, 2])
                            %8: f32[] = constant(value=0.5)
                            %9: f32[2] = read_state(state=$0)
                            write_state(state=$0, value=%3)
                            %10: f32[2*n,4] = concatenate(xs=[%0, %1], axis=0)
                            %11: f32[4*n] = reshape(x=%0, newshape=[{4*n}]))"),
            "");
}

TEST(Verify, G1IdsAreInRange) {
  EXPECT_EQ(rule_of_body("op(a=%9)"), "G1");
  EXPECT_EQ(rule_of_body("op(a=[1, slice(None, %9, None)])"), "G1");
  EXPECT_EQ(rule_of_body("op(a=@1)"), "G1");
  EXPECT_EQ(rule_of_body("op(a=$1)"), "G1");
  EXPECT_EQ(rule("fn \"f\" (%0 \"x\": f32[1]) {} -> (%1 \"y\")"), "G1");
  EXPECT_EQ(rule("state $0 \"s\": f32[2] = @0\nfn \"f\" (%0 \"x\": f32[1]) {} -> (%0 \"y\")"), "G1");
}

TEST(Verify, G1OutputsAreInRangeOfNodesThatHoldFunctions) {
  Module module = *parse(R"(fn "f" (%0 "p": bool[], %1 "h": f32[4]) {
    %2: f32[4] = cond(pred=%0, operands=[%1]) {
      fn "true_fn" (%0 "a0": f32[4]) {} -> (%0 "r0")
      fn "false_fn" (%0 "a0": f32[4]) {} -> (%0 "r0")
    }
  } -> (%2 "out"))");
  ASSERT_EQ(rule(module), "");
  for (const int index : {3, -1, 1 << 30}) {
    module.functions[0].nodes[0].outputs = {ValueId{index}};
    EXPECT_EQ(rule(module), "G1") << index;
  }
}

TEST(Verify, G5TheSizeOfAWeightIsANumber) {
  Module module = *parse(R"(fn "f" (%0 "x": f32[1]) {} -> (%0 "y"))");
  for (const Shape& shape : {Shape{int64_t{1} << 32, int64_t{1} << 32}, Shape{int64_t{1} << 62}, Shape{INT64_MAX, 2}}) {
    module.weights = {{"w", {DType::kFloat32, shape, array_of(DType::kFloat32, {0}, {}).source}}};
    EXPECT_EQ(rule(module), "G5");
  }
}

TEST(Verify, G2AValueIsDefinedOnce) {
  Builder builder;
  builder.begin_function("f");
  const ValueId x = builder.input("x", DType::kFloat32, {});
  builder.output("y", x);
  (void)builder.end_function();
  Module twice = std::move(builder).build();
  Module never = twice;
  twice.functions[0].nodes.push_back({"op", {}, {x}, "", {}});
  EXPECT_EQ(rule(twice), "G2");
  never.functions[0].values.push_back({});
  EXPECT_EQ(rule(never), "G2");
}

TEST(Verify, G3AValueIsUsedAfterItIsDefined) {
  EXPECT_EQ(rule_of_body("%3: f32[1] = op(a=%4)\n%4: f32[1] = op(a=%0)"), "G3");
  EXPECT_EQ(rule_of_body("%3: f32[1] = op(a=%3)"), "G3");
}

TEST(Verify, G4FunctionsAndPortsHaveNamesOfTheirOwn) {
  const std::string f = "fn \"f\" (%0 \"x\": f32[1]) {} -> (%0 \"y\")\n";
  EXPECT_EQ(rule(f), "");
  EXPECT_EQ(rule(""), "G4");
  EXPECT_EQ(rule(f + f), "G4");
  EXPECT_EQ(rule("fn \"\" (%0 \"x\": f32[1]) {} -> (%0 \"y\")"), "G4");
  EXPECT_EQ(rule("fn \"f\" (%0 \"x\": f32[1]) {} -> ()"), "G4");
  EXPECT_EQ(rule("fn \"f\" (%0 \"x\": f32[1], %1 \"x\": f32[1]) {} -> (%0 \"y\")"), "G4");
  EXPECT_EQ(rule("fn \"f\" (%0 \"x\": f32[1]) {} -> (%0 \"y\", %0 \"y\")"), "G4");
  EXPECT_EQ(rule("fn \"f\" (%0 \"\": f32[1]) {} -> (%0 \"y\")"), "G4");
}

TEST(Verify, G5DimsAreNotNegative) {
  EXPECT_EQ(rule("fn \"f\" (%0 \"x\": f32[-1]) {} -> (%0 \"y\")"), "G5");
  EXPECT_EQ(rule_of_body("%3: f32[n,-4] = op(a=%0)"), "G5");
}

TEST(Verify, G6SymbolsComeFromTheInputs) {
  EXPECT_EQ(rule_of_body("%3: f32[m] = op(a=%0)"), "G6");
  EXPECT_EQ(rule_of_body("op(a=[{m + 1}])"), "G6");
  EXPECT_EQ(rule_of_body("%3: f32[?] = op(a=%0)"), "");
}

TEST(Verify, G7WeightsHaveTheBytesAndTheTypeThatTheySay) {
  EXPECT_EQ(rule_of_body("%3: f32[3] = weight(table=@0)"), "G7");
  EXPECT_EQ(rule_of_body("%3: i32[2] = weight(table=@0)"), "G7");
  EXPECT_EQ(rule_of_body("%3: f32[2] = weight(table=0)"), "G7");
  Module module = *parse("weight @0 \"k\": f32[2] = [1, 2]\nfn \"f\" (%0 \"x\": f32[1]) {} -> (%0 \"y\")");
  module.weights[0].array.shape = {3};
  EXPECT_EQ(rule(module), "G7");
  module.weights[0].array.source = nullptr;
  EXPECT_EQ(rule(module), "G7");
}

TEST(Verify, G8StatesKeepTheirType) {
  EXPECT_EQ(rule_of_body("%3: f32[3] = read_state(state=$0)"), "G8");
  EXPECT_EQ(rule_of_body("write_state(state=$0, value=%0)"), "G8");
  EXPECT_EQ(rule_of_body("write_state(value=%0)"), "G8");
  EXPECT_EQ(rule("weight @0 \"k\": f32[2] = [1, 2]\nstate $0 \"s\": f32[3] = @0\nfn \"f\" (%0 \"x\": f32[1]) {} -> (%0 \"y\")"), "G8");
}

TEST(Verify, G9ConstantsFillTheirType) {
  EXPECT_EQ(rule_of_body("%3: f32[2,2] = constant(value=[[1, 2], [3, 4.5]])"), "");
  EXPECT_EQ(rule_of_body("%3: bool[2] = constant(value=[True, False])"), "");
  EXPECT_EQ(rule_of_body("%3: i32[2] = constant(value=[1, {2*n}])"), "");
  EXPECT_EQ(rule_of_body("%3: f32[3] = constant(value=[1, 2])"), "G9");
  EXPECT_EQ(rule_of_body("%3: i32[2] = constant(value=[1, 2.5])"), "G9");
  EXPECT_EQ(rule_of_body("%3: u8[1] = constant(value=[256])"), "G9");
  EXPECT_EQ(rule_of_body("%3: i8[1] = constant(value=[-129])"), "G9");
  EXPECT_EQ(rule_of_body("%3: f32[1] = constant(value=[\"a\"])"), "G9");
  EXPECT_EQ(rule_of_body("%3: f32[n] = constant(value=[1])"), "G9");
  EXPECT_EQ(rule_of_body("%3: f32[1] = constant()"), "G9");
}

TEST(Verify, G10OpsAndArgumentsHaveNames) {
  EXPECT_EQ(rule_of_body("op(a=1, a=2)"), "G10");
  EXPECT_EQ(rule_of_body("op(\"\"=1)"), "G10");
  EXPECT_EQ(rule_of_body("\"\"(a=1)"), "G10");
}

TEST(Verify, G11OperandsThatComputeTogetherHaveOneDtype) {
  EXPECT_EQ(rule_of_body("%3: f32[n,4] = add(x1=%0, x2=%2)"), "G11");
  EXPECT_EQ(rule_of_body("%3: f32[n,4] = add(x1=%0, x2=2.0)"), "G11");
  EXPECT_EQ(rule_of_body("%3: i32[n,4] = add(x1=%0, x2=%1)"), "G11");
  EXPECT_EQ(rule_of_body("%3: f32[n,4] = less(x1=%0, x2=%1)"), "G11");
  EXPECT_EQ(rule_of_body("%3: f32[n,4] = where(condition=%2, x1=%0, x2=%1)"), "G11");
  EXPECT_EQ(rule_of_body("%3: f32[n,8] = concatenate(xs=[%0, %2], axis=-1)"), "G11");
  EXPECT_EQ(rule_of_body("%3: i32[n] = exp(x=%2)"), "");
  EXPECT_EQ(rule_of_body("%3: f32[n] = exp(x=%2)"), "G11");
}

TEST(Verify, SaysNothingOfDtypesWhereNoFactsAreGiven) {
  EXPECT_TRUE(verify(*parse("fn \"f\" (%0 \"x\": f32[1]) {\n %1: i32[1] = negative(x=%0)\n} -> (%0 \"y\")")).ok());
}

TEST(Verify, LooksIntoNestedFunctions) {
  EXPECT_EQ(rule_of_body("op(pred=%0) { fn \"a\" (%0 \"x\": f32[1]) { } -> (%0 \"y\") }"), "");
  EXPECT_EQ(rule_of_body("op(pred=%0) { fn \"a\" (%0 \"x\": f32[1]) { } -> (%1 \"y\") }"), "G1");
  EXPECT_EQ(rule_of_body("op(pred=%0) { fn \"a\" (%0 \"x\": f32[1]) { op(a={m}) } -> (%0 \"y\") }"), "G6");
}

TEST(Verify, G6SymbolsOfTheFunctionsAroundAreKnownInside) {
  EXPECT_EQ(rule_of_body("op(pred=%0) { fn \"a\" (%0 \"x\": f32[1]) { op(a={n}) } -> (%0 \"y\") }"), "");
}

TEST(Verify, NamesTheNodeAtFault) {
  const std::string text = "fn \"f\" (%0 \"x\": f32[1]) {\n %1: i32[1] = negative(x=%0)  # head/flip\n} -> (%0 \"y\")";
  const Result<void> result = verify(*parse(text), facts_of);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().to_string(), "K203 head/flip (negative): G11: %1 is i32[1]; its operands give f32\n  in the function \"f\"");
}

}  // namespace
}  // namespace kelt::graph
