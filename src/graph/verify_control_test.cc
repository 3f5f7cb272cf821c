// Rule G12, broken by each kind of node; and that each kind reads back as it was written.

#include "graph/verify_control.h"

#include <gtest/gtest.h>

#include <string>

#include "graph/parse.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace kelt::graph {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string module_of(const std::string& body) {
  return "weight @0 \"k\": f32[2] = [1, 2]\nstate $0 \"s\": f32[2] = @0\n"
         "fn \"f\" (%0 \"x\": f32[n,s,4], %1 \"h\": f32[n,4], %2 \"i\": i32[], %3 \"p\": bool[]) {\n" +
         body + "} -> (%4 \"out\")\n";
}

std::string verdict(const std::string& body) {
  const Result<Module> module = parse(module_of(body));
  if (!module.ok()) return module.error().to_string();
  const Result<void> result = verify(*module);
  return result.ok() ? "" : result.error().what;
}

void expect_reads_back(const std::string& body) {
  EXPECT_EQ(verdict(body), "");
  const Module module = *parse(module_of(body));
  EXPECT_EQ(print(*parse(print(module))), print(module));
}

// The body with `from` written as `to` breaks G12 for a reason that says `why`.
void expect_broken(const std::string& body, const std::string& from, const std::string& to, const std::string& why) {
  const std::string what = verdict(replaced(body, from, to));
  EXPECT_TRUE(what.starts_with("G12: ")) << what;
  EXPECT_NE(what.find(why), std::string::npos) << what;
}

const std::string kCond = R"(  %4: f32[n,4] = cond(pred=%3, operands=[%1]) {
    fn "true_fn" (%0 "a0": f32[n,4]) { %1: f32[n,4] = exp(x=%0) } -> (%1 "r0")
    fn "false_fn" (%0 "a0": f32[n,4]) { } -> (%0 "r0")
  }
)";

TEST(VerifyControl, CondHasTwoBranchesOfItsTypes) {
  expect_reads_back(kCond);
  expect_broken(kCond, "pred=%3", "pred=%2", "pred is i32[]");
  expect_broken(kCond, "operands=[%1]", "operands=[%0]", "\"true_fn\", inputs: number 0 is f32[n, 4]");
  expect_broken(kCond, "operands=[%1]", "operands=%1", "operands is no list");
  expect_broken(kCond, "(%0 \"r0\")", "(%0 \"r0\", %0 \"r1\")", "\"false_fn\", outputs: 2, where the node has 1");
}

const std::string kSwitch = R"(  %4: f32[n,4] = switch(index=%2, operands=[%1]) {
    fn "branch_0" (%0 "a0": f32[n,4]) { %1: f32[n,4] = exp(x=%0) } -> (%1 "r0")
    fn "branch_1" (%0 "a0": f32[n,4]) { } -> (%0 "r0")
    fn "branch_2" (%0 "a0": f32[n,4]) { } -> (%0 "r0")
  }
)";

TEST(VerifyControl, SwitchHasBranches) {
  expect_reads_back(kSwitch);
  expect_broken(kSwitch, "index=%2", "index=%3", "index is bool[]");
  expect_broken(kSwitch, "(%0 \"a0\": f32[n,4]) { } -> (%0 \"r0\")", "(%0 \"a0\": f32[n,5]) { } -> (%0 \"r0\")", "\"branch_1\", inputs");
}

const std::string kWhile = R"(  %4: f32[n,4], %5: i32[] = while_loop(loop_vars=[%1, %2], captures=[%0], maximum_iterations={s}) {
    fn "cond" (%0 "a0": f32[n,4], %1 "a1": i32[], %2 "a2": f32[n,s,4]) {
      %3: i32[] = constant(value={s})
      %4: bool[] = less(x1=%1, x2=%3)
    } -> (%4 "r0")
    fn "body" (%0 "a0": f32[n,4], %1 "a1": i32[], %2 "a2": f32[n,s,4]) { } -> (%0 "r0", %1 "r1")
  }
)";

TEST(VerifyControl, AWhileLoopKeepsTheTypesOfItsVariables) {
  expect_reads_back(kWhile);
  expect_broken(kWhile, "-> (%4 \"r0\")", "-> (%1 \"r0\")", "\"cond\", outputs: number 0 is i32[]");
  expect_broken(kWhile, "(%0 \"r0\", %1 \"r1\")", "(%2 \"r0\", %1 \"r1\")", "\"body\", outputs: number 0 is f32[n, s, 4]");
  expect_broken(kWhile, "%4: f32[n,4], %5: i32[]", "%4: f32[n,4], %5: i32[1]", "outputs: number 1");
  expect_broken(kWhile, "captures=[%0]", "captures=[]", "\"cond\", inputs: 3, where the node has 2");
}

const std::string kScan = R"(  %4: f32[n,4], %5: f32[n,s] = scan(init=[%1], xs=[%0], captures=[%2], length={n}, reverse=False) {
    fn "f" (%0 "a0": f32[n,4], %1 "a1": f32[s,4], %2 "a2": i32[]) { %3: f32[s] = sum(x=%1, axis=1, keepdims=False) } -> (%0 "r0", %3 "r1")
  }
)";

TEST(VerifyControl, AScanTakesElementsAndGivesElements) {
  expect_reads_back(kScan);
  expect_broken(kScan, "\"a1\": f32[s,4]", "\"a1\": f32[n,s,4]", "\"f\", inputs: number 1 is f32[n, s, 4], where the node has f32[s, 4]");
  expect_broken(kScan, "%5: f32[n,s]", "%5: f32[n,s,1]", "\"f\", outputs: number 1 is f32[s]");
}

const std::string kRnn =
    R"(  %4: f32[n,4], %5: f32[n,s,4], %6: f32[n,4] = rnn(inputs=[%0], initial_states=[%1], mask=None, captures=[], go_backwards=False, zero_output_for_mask=False, return_all_outputs=True, unroll=False) {
    fn "step" (%0 "a0": f32[n,4], %1 "a1": f32[n,4]) { %2: f32[n,4] = add(x1=%0, x2=%1) } -> (%2 "r0", %2 "r1")
  }
)";

TEST(VerifyControl, AnRnnGivesTheLastOutputAllOutputsAndTheStates) {
  expect_reads_back(kRnn);
  expect_broken(kRnn, "(%2 \"r0\", %2 \"r1\")", "(%2 \"r0\")", "\"step\", outputs: 1, where the node has 2");
  expect_broken(kRnn, "%5: f32[n,s,4]", "%5: f32[n,s,5]", "the output of each step");
  expect_broken(kRnn, "\"a0\": f32[n,4], ", "\"a0\": f32[n,s,4], ", "\"step\", inputs: number 0");
}

TEST(VerifyControl, NoStateIsReadInside) {
  expect_broken(kCond, "{ %1: f32[n,4] = exp(x=%0) }", "{ %1: f32[n,4] = exp(x=%0) %2: f32[2] = read_state(state=$0) }", "inside of cond");
}

}  // namespace
}  // namespace kelt::graph
