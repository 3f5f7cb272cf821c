#include "observe/groups.h"

#include "litert/testing.h"

namespace kelt::observe {
namespace {

using litert::model_of;

// The place of a tensor of the first subgraph, by name.
Place place_of(const litert::Model& model, std::string_view name, int subgraph = 0) {
  const auto& tensors = model.subgraphs[static_cast<size_t>(subgraph)].tensors;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].name == name) return {subgraph, static_cast<litert::TensorId>(i)};
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

Result<std::vector<Group>> group_names(const litert::Model& model, const std::vector<std::string_view>& names, size_t size = kGroupSize) {
  std::vector<Place> places;
  for (const std::string_view name : names) places.push_back(place_of(model, name));
  return group_tensors(model, model.signatures[0], places, size);
}

// The copies for tensors of the first signature are these, one after the other.
void expect_copies(const char* before, const std::vector<std::string_view>& names, size_t size, const std::vector<const char*>& after) {
  const litert::Model model = model_of(before);
  const auto groups = group_names(model, names, size);
  ASSERT_TRUE(groups.ok()) << groups.error().to_string();
  ASSERT_EQ(groups->size(), after.size());
  for (size_t i = 0; i < after.size(); ++i) {
    const auto copy = observed_copy(model, groups->at(i));
    ASSERT_TRUE(copy.ok()) << copy.error().to_string();
    EXPECT_EQ(litert::to_text(*copy), litert::to_text(model_of(after[i])));
  }
}

// Why the place can't be observed in a run of the signature.
std::string reason(const litert::Model& model, const Place& place, size_t signature = 0) {
  const auto groups = group_tensors(model, model.signatures[signature], std::array{place});
  return groups.ok() ? "" : groups.error().what;
}

TEST(ObservedCopy, HasTheChosenTensorsAsOutputsBesideItsOwn) {
  expect_copies(R"(fn (x: f32[n,4]) {
      a: f32[n,4] = NEG(x)
      b: f32[n,4] = ABS(a)
      y: f32[n,4] = TANH(b)
    } -> (y)
    signature "f" 0 (x: x) -> (result: y))",
                {"a", "y"}, 8, {R"(fn (x: f32[n,4]) {
      a: f32[n,4] = NEG(x)
      b: f32[n,4] = ABS(a)
      y: f32[n,4] = TANH(b)
    } -> (y, a)
    signature "f" 0 (x: x) -> (result: y, kelt.tensor.1: a))"});
}

TEST(ObservedCopy, IsOneForEachGroup) {
  const char* const before = R"(fn (x: f32[4]) {
      a: f32[4] = NEG(x)
      b: f32[4] = ABS(a)
      c: f32[4] = EXP(b)
      y: f32[4] = TANH(c)
    } -> (y)
    signature "f" 0 (x: x) -> (y: y))";
  const std::string body = std::string(before).substr(0, std::string(before).find("}"));
  const std::string first = body + R"(} -> (y, a, b) signature "f" 0 (x: x) -> (y: y, kelt.tensor.1: a, kelt.tensor.2: b))";
  const std::string second = body + R"(} -> (y, c) signature "f" 0 (x: x) -> (y: y, kelt.tensor.3: c))";
  expect_copies(before, {"a", "b", "c"}, 2, {first.c_str(), second.c_str()});
}

TEST(ObservedCopy, HoldsTheSubgraphsThatItsSignatureReaches) {
  const litert::Model model = model_of(R"(
    fn (x: f32[2]) { p: bool[] = CAST(x) y: f32[2] = IF(p, x) {then_subgraph_index: 1, else_subgraph_index: 1} } -> (y)
    fn (x: f32[2]) { y = NEG(x) } -> (y)
    fn (x: f32[2]) { a = EXP(x) y = ABS(a) } -> (y)
    signature "choice" 0 (x: x) -> (y: y)
    signature "other" 2 (x: x) -> (y: y))");
  const auto groups = group_tensors(model, model.signatures[1], std::array{place_of(model, "a", 2)});
  ASSERT_TRUE(groups.ok()) << groups.error().to_string();
  const auto copy = observed_copy(model, groups->at(0));
  ASSERT_TRUE(copy.ok()) << copy.error().to_string();
  EXPECT_EQ(litert::to_text(*copy), litert::to_text(model_of(R"(
    fn (x: f32[2]) { a = EXP(x) y = ABS(a) } -> (y, a)
    signature "other" 0 (x: x) -> (y: y, kelt.tensor.1: a))")));
}

TEST(ObservedCopy, NamesAnOutputAsNoOtherIsNamed) {
  expect_copies(R"(fn (x: f32[4]) { a = NEG(x) y = ABS(a) } -> (y) signature "f" 0 (x: x) -> (kelt.tensor.1: y))", {"a"}, 8,
                {R"(fn (x: f32[4]) { a = NEG(x) y = ABS(a) } -> (y, a) signature "f" 0 (x: x) -> (kelt.tensor.1: y, kelt.tensor.1_: a))"});
}

TEST(ObservedCopy, SaysThatItsSignatureIsMissing) {
  const auto copy = observed_copy(model_of("fn (x: f32[4]) { y = NEG(x) } -> (y)"), {.signature = "other"});
  ASSERT_FALSE(copy.ok());
  EXPECT_EQ(copy.error().what, "the model has no signature 'other'");
}

TEST(ObservableTensors, AreThoseThatRunsComputeInTheirOrder) {
  const litert::Model model = model_of(R"(fn (x: f32[4]) {
      h: resource[] = VAR_HANDLE() {shared_name: "s"}
      b: f32[4] = ADD(x, @k: f32[4])
      a: f32[4] = NEG(b)
    } -> (a))");
  EXPECT_EQ(observable_tensors(model, model.signatures[0]), (std::vector{place_of(model, "b"), place_of(model, "a")}));
}

TEST(GroupTensors, SaysWhyATensorCantBeObserved) {
  const litert::Model model = model_of(R"(
    fn (x: f32[4], p: bool[]) {
      h: resource[] = VAR_HANDLE() {shared_name: "s"}
      b: f32[4] = ADD(x, @k: f32[4])
      y: f32[4] = IF(p, b) {then_subgraph_index: 1, else_subgraph_index: 1}   # head/choice
    } -> (y)
    fn (x: f32[4]) { z = NEG(x) } -> (z)
    fn (x: f32[4]) { w = ABS(x) } -> (w)
    signature "f" 0 (x: x, p: p) -> (y: y)
    signature "g" 2 (x: x) -> (w: w))");
  EXPECT_EQ(reason(model, place_of(model, "b")), "");
  EXPECT_EQ(reason(model, place_of(model, "k")), "the tensor 'k' can't be observed: it is a constant");
  EXPECT_EQ(reason(model, place_of(model, "x")), "the tensor 'x' can't be observed: it is an input");
  EXPECT_EQ(reason(model, place_of(model, "h")), "the tensor 'h' can't be observed: it is resource[], which is no array of numbers");
  EXPECT_EQ(reason(model, place_of(model, "z", 1)),
            "the tensor 'z' can't be observed: it belongs to IF of head/choice, not to signature 'f' itself");
  EXPECT_EQ(reason(model, place_of(model, "w", 2)),
            "the tensor 'w' can't be observed: it belongs to signature 'g', not to signature 'f' itself");
  EXPECT_EQ(reason(model, place_of(model, "b"), 1),
            "the tensor 'b' can't be observed: it belongs to signature 'f', not to signature 'g' itself");
  EXPECT_EQ(reason(model, {3, 0}), "the model has no tensor 0 in subgraph 3");
  EXPECT_EQ(reason(model, {0, 99}), "the model has no tensor 99 in subgraph 0");
  EXPECT_EQ(reason(model, {-1, -1}), "the model has no tensor -1 in subgraph -1");
}

TEST(GroupTensors, RejectsATensorThatNoOperatorComputes) {
  litert::Model model = model_of("fn (x: f32[4]) { y = NEG(x) } -> (y)");
  model.subgraphs[0].tensors.push_back({.name = "t", .dims = {4}});
  EXPECT_EQ(reason(model, place_of(model, "t")), "the tensor 't' can't be observed: it is computed by no operator");
}

}  // namespace
}  // namespace kelt::observe
