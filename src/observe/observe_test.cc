#include "observe/observe.h"

#include <fstream>

#include "observe/testing.h"
#include "runtime/testing.h"

namespace kelt::observe {
namespace {

// How many bytes this process has written, to whatever file.
size_t bytes_written() {
  std::ifstream counters("/proc/self/io");
  std::string name;
  size_t value = 0;
  while (counters >> name >> value) {
    if (name == "wchar:") return value;
  }
  return 0;
}

class Observe : public WithFile {
 protected:
  // Groups of everything that the signature computes.
  static std::vector<Group> all_of(const File& file, size_t size = kGroupSize, size_t signature = 0) {
    const litert::Signature& chosen = file.model.signatures[signature];
    auto groups = group_tensors(file.model, chosen, observable_tensors(file.model, chosen), size);
    EXPECT_TRUE(groups.ok()) << groups.error().to_string();
    return *std::move(groups);
  }

  struct Seen {
    size_t sample;
    std::string tensor;
    std::vector<float> values;
    friend bool operator==(const Seen&, const Seen&) = default;
    friend void PrintTo(const Seen& seen, std::ostream* to) {
      *to << seen.tensor << " of sample " << seen.sample << ": " << testing::PrintToString(seen.values);
    }
  };

  // Every value in the order in which it comes; x is a vector of two, one for each sample.
  std::vector<Seen> see(const File& file, std::span<const Group> groups, const std::vector<std::vector<float>>& xs) {
    std::vector<std::array<runtime::Input, 1>> inputs;
    for (const auto& x : xs) inputs.push_back({runtime::Input{"x", DType::kFloat32, {2}, std::as_bytes(std::span(x))}});
    const std::vector<Sample> samples(inputs.begin(), inputs.end());
    std::vector<Seen> seen;
    auto result = observe(runtime::runtime_for_tests(), file, groups, samples,
                          [&](size_t sample, const Place& place, const runtime::Output& value) -> Result<bool> {
                            seen.push_back({sample, name_of(file, place), runtime::values_of<float>(value)});
                            return true;
                          });
    EXPECT_TRUE(result.ok()) << result.error().to_string();
    unreadable_ = *std::move(result);
    return seen;
  }

  static std::string name_of(const File& file, const Place& place) {
    return file.model.subgraphs[static_cast<size_t>(place.subgraph)].tensors[static_cast<size_t>(place.tensor)].name;
  }

  std::vector<Unreadable> unreadable_;
};

constexpr const char* kChain = R"(fn (x: f32[2]) {
    a: f32[2] = ADD(x, const f32[] 1)
    b: f32[2] = MUL(a, const f32[] 3)
    y: f32[2] = NEG(b)
  } -> (y))";

TEST_F(Observe, GivesTheValuesOfEachSampleGroupByGroup) {
  const File file = file_of(kChain);
  EXPECT_EQ(see(file, all_of(file, 2), {{0, 1}, {2, 3}}),
            (std::vector<Seen>{
                {0, "a", {1, 2}}, {0, "b", {3, 6}}, {1, "a", {3, 4}}, {1, "b", {9, 12}}, {0, "y", {-3, -6}}, {1, "y", {-9, -12}}}));
  EXPECT_TRUE(unreadable_.empty());
}

TEST_F(Observe, WritesNothingHoweverManyTensorsAreChosen) {
  std::string text = "fn (x: f32[1024]) {\n  t0: f32[1024] = FULLY_CONNECTED(x, @k: f32[1024, 1024], @b: f32[1024])\n";
  for (int i = 1; i < 300; ++i) {
    text += "  t" + std::to_string(i) + ": f32[1024] = ADD(t" + std::to_string(i - 1) + ", const f32[] 1)\n";
  }
  const File file = file_of(text + "} -> (t299)");
  ASSERT_GT(file.bytes->bytes().size(), size_t{4} << 20);
  const std::vector<Group> groups = all_of(file);
  ASSERT_EQ(groups.size(), 3U);
  const std::vector<float> x(1024, 0);
  const std::array<runtime::Input, 1> input = {{{"x", DType::kFloat32, {1024}, std::as_bytes(std::span(x))}}};
  const runtime::Runtime runtime = runtime::runtime_for_tests();
  std::vector<float> first;
  const size_t before = bytes_written();
  const auto result =
      observe(runtime, file, groups, std::array{Sample(input)}, [&](size_t, const Place&, const runtime::Output& value) -> Result<bool> {
        first.push_back(runtime::values_of<float>(value)[0]);
        return true;
      });
  EXPECT_LT(bytes_written() - before, size_t{64} << 10);
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  ASSERT_EQ(first.size(), 300U);
  EXPECT_NEAR(first[299], first[0] + 299, 1e-3);
}

TEST_F(Observe, ChangesNoBitOfTheOutputs) {
  const File file = file_of(R"(fn (x: f32[n,8]) {
      a: f32[n,16] = FULLY_CONNECTED(x, @k: f32[16,8], @b: f32[16]) {fused_activation_function: RELU}
      c: f32[n,16] = TANH(a)
      y: f32[n,16] = POW(c, const f32[] 2)
    } -> (y))");
  std::vector<float> x;
  for (int i = 0; i < 24; ++i) x.push_back(static_cast<float>(i) * 0.1F - 1);
  const std::array<runtime::Input, 1> input = {{{"x", DType::kFloat32, {3, 8}, std::as_bytes(std::span(x))}}};
  const runtime::Runtime runtime = runtime::runtime_for_tests();
  auto original = runtime.open(path_.string());
  ASSERT_TRUE(original.ok()) << original.error().to_string();
  const auto expected = original->run("", input);
  ASSERT_TRUE(expected.ok()) << expected.error().to_string();
  auto observed = open(runtime, file, all_of(file)[0]);
  ASSERT_TRUE(observed.ok()) << observed.error().to_string();
  const auto outputs = observed->run("", input);
  ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
  ASSERT_EQ(outputs->size(), 3U);
  EXPECT_EQ(outputs->at(0).name, expected->at(0).name);
  EXPECT_EQ(outputs->at(0).bytes, expected->at(0).bytes);
}

TEST_F(Observe, ReadsIntoMemoryWhatIsNoPartOfTheFile) {
  File file = file_of(kChain);
  file.model.subgraphs[0].tensors[1].constant = scalar(DType::kFloat32, 5.0);
  ASSERT_EQ(file.model.subgraphs[0].tensors[1].dims.size(), 0U);
  EXPECT_EQ(see(file, all_of(file), {{0, 1}})[0], (Seen{0, "a", {5, 6}}));
}

TEST_F(Observe, HalvesAGroupUntilItIsClearWhichTensorTheRuntimeCantGive) {
  const File file = file_of(R"(fn (x: f32[2]) {
      a: f32[2] = ADD(x, const f32[] 1)
      i: i64[k,1] = WHERE(x)
      b: f32[2] = MUL(a, const f32[] 3)
      y: f32[2] = NEG(b)
    } -> (y))");
  const std::vector<Seen> seen = see(file, all_of(file), {{0, 1}, {2, 3}});
  ASSERT_EQ(unreadable_.size(), 1U);
  EXPECT_EQ(name_of(file, unreadable_[0].place), "i");
  EXPECT_NE(unreadable_[0].why, "");
  // Each value once.
  EXPECT_EQ(seen, (std::vector<Seen>{
                      {0, "a", {1, 2}}, {1, "a", {3, 4}}, {0, "b", {3, 6}}, {0, "y", {-3, -6}}, {1, "b", {9, 12}}, {1, "y", {-9, -12}}}));
}

TEST_F(Observe, HandsOutAValueOnceWhereALaterSampleFails) {
  const File file = file_of(R"(fn (x: f32[2]) {
      a: f32[2] = NEG(x)
      i: i32[2] = CAST(a)
      y: f32[2] = GATHER(a, i)
    } -> (y))");
  std::vector<Group> groups = all_of(file);
  std::erase_if(groups[0].readings, [&](const Reading& reading) { return name_of(file, reading.place) == "i"; });
  EXPECT_EQ(see(file, groups, {{0, -1}, {0, -100}}), (std::vector<Seen>{{0, "a", {0, 1}}, {0, "y", {0, 1}}}));
  ASSERT_EQ(unreadable_.size(), 2U);
  EXPECT_NE(unreadable_[0].why.find("gather"), std::string::npos) << unreadable_[0].why;
}

TEST_F(Observe, RunsEachGroupFromTheInitialState) {
  const File file = file_of(R"(fn (x: f32[2]) {
      CALL_ONCE() {init_subgraph_index: 1}
      h: resource[] = VAR_HANDLE() {shared_name: "s"}
      a: f32[2] = READ_VARIABLE(h)
      b: f32[2] = ADD(a, x)
      ASSIGN_VARIABLE(h, b)
      y: f32[2] = NEG(b)
    } -> (y)
    fn () {
      h: resource[] = VAR_HANDLE() {shared_name: "s"}
      ASSIGN_VARIABLE(h, const f32[2] [0, 0])
    } -> ()
    signature "f" 0 (x: x) -> (y: y))");
  EXPECT_EQ(
      see(file, all_of(file, 2), {{1, 2}, {1, 2}}),
      (std::vector<Seen>{{0, "a", {0, 0}}, {0, "b", {1, 2}}, {1, "a", {1, 2}}, {1, "b", {2, 4}}, {0, "y", {-1, -2}}, {1, "y", {-2, -4}}}));
}

TEST_F(Observe, RunsOneOfSeveralSignatures) {
  const File file = file_of(R"(
    fn (x: f32[2]) { y = NEG(x) } -> (y)
    fn (i: i32[], x: f32[2]) { c: bool[] = LESS(i, const i32[] 3) NONE{} } -> (c)
    fn (i: i32[], x: f32[2]) { j: i32[] = ADD(i, const i32[] 1) NONE{} d: f32[2] = ADD(x, x) } -> (j, d)
    fn (x: f32[2]) {
      a: f32[2] = NEG(x)
      i: i32[], w: f32[2] = WHILE(const i32[] 0, a) {cond_subgraph_index: 1, body_subgraph_index: 2}
      y: f32[2] = ABS(w)
    } -> (y)
    signature "f" 0 (x: x) -> (y: y)
    signature "g" 3 (x: x) -> (y: y))");
  std::vector<Group> groups = all_of(file, kGroupSize, 1);
  std::erase_if(groups[0].readings, [&](const Reading& reading) { return name_of(file, reading.place) == "i"; });
  EXPECT_EQ(see(file, groups, {{1, 2}}), (std::vector<Seen>{{0, "a", {-1, -2}}, {0, "w", {-8, -16}}, {0, "y", {8, 16}}}));
}

TEST_F(Observe, EndsWhenTheObserverSaysSoOrFails) {
  const File file = file_of(kChain);
  const std::vector<float> x = {0, 1};
  const std::array<runtime::Input, 1> input = {{{"x", DType::kFloat32, {2}, std::as_bytes(std::span(x))}}};
  const std::array samples = {Sample(input), Sample(input)};
  int calls = 0;
  const auto count = [&](Result<bool> answer) {
    calls = 0;
    return observe(runtime::runtime_for_tests(), file, all_of(file, 1), samples,
                   [&](size_t, const Place&, const runtime::Output&) -> Result<bool> {
                     ++calls;
                     return answer;
                   });
  };
  EXPECT_TRUE(count(false).ok());
  EXPECT_EQ(calls, 1);
  const auto failed = count(Error{.code = Code::kRuntime, .what = "no more"});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().what, "no more");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace kelt::observe
