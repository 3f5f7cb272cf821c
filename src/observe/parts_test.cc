#include "observe/parts.h"

#include <map>

#include "observe/testing.h"
#include "runtime/testing.h"
#include "runtime/trial.h"

namespace kelt::observe {
namespace {

// Three blocks around a residual; the length of the sequence is computed, with operators that the runtime evaluates early and others.
constexpr const char* kBlocks = R"(fn (x: f32[n,8]) {
    s: i32[2] = SHAPE(x) {out_type: INT32}
    rows: i32[1] = STRIDED_SLICE(s, const i32[1] [0], const i32[1] [1], const i32[1] [1]) {begin_mask: 0}
    h: f32[n,16] = FULLY_CONNECTED(x, @k: f32[16,8], @b: f32[16]) {fused_activation_function: RELU, keep_num_dims: true}
    split: i32[3] = CONCATENATION(rows, const i32[2] [4, 4]) {axis: 0}
    r: f32[n,4,4] = RESHAPE(h, split)
    t: f32[n,4,4] = TRANSPOSE(r, const i32[3] [0, 2, 1])
    merged: i32[2] = CONCATENATION(rows, const i32[1] [16]) {axis: 0}
    m: f32[n,16] = RESHAPE(t, merged)
    a: f32[n,16] = ADD(h, m)
    e: f32[n,16] = TANH(a)
    z: f32[n,16] = MUL(a, e)
    l: f32[n,4] = FULLY_CONNECTED(z, @l: f32[4,16], @lb: f32[4]) {keep_num_dims: true}
    p: f32[n,4] = SOFTMAX(l) {beta: 1}
  } -> (p, z))";

class Parts : public WithFile {
 protected:
  // Inputs of the signature: an unknown dim has `length` elements.
  static std::vector<runtime::Tried> made_up(const runtime::SignatureInfo& signature, int64_t length) {
    std::vector<runtime::Tried> inputs;
    for (const runtime::TensorInfo& input : signature.inputs) {
      Shape shape = input.shape;
      std::ranges::replace_if(shape, [](int64_t dim) { return dim < 0; }, length);
      const size_t count = Array{input.dtype, shape, nullptr}.count();
      inputs.push_back({input.name, input.dtype, shape, runtime::random_bytes(input.dtype, count, inputs.size()), true});
    }
    return inputs;
  }

  static std::vector<runtime::Input> borrowed(const std::vector<runtime::Tried>& tried) {
    std::vector<runtime::Input> inputs;
    for (const runtime::Tried& input : tried) inputs.push_back({input.name, input.dtype, input.shape, input.bytes});
    return inputs;
  }

  static void expect_equal(const std::vector<runtime::Output>& found, const std::vector<runtime::Output>& wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(found[i].name, wanted[i].name);
      EXPECT_EQ(found[i].dtype, wanted[i].dtype);
      EXPECT_EQ(found[i].shape, wanted[i].shape) << wanted[i].name;
      EXPECT_TRUE(found[i].bytes == wanted[i].bytes) << wanted[i].name;
    }
  }

  // Every signature, cut everywhere at once, at each place alone, and nowhere: the bits of a run of the whole file. How many cuts
  // there were.
  static size_t expect_same_bits(const File& file, const std::string& path, int64_t length = 3, const runtime::OpenOptions& options = {}) {
    const runtime::Runtime runtime = runtime::runtime_for_tests();
    auto whole = runtime.open(path, options);
    EXPECT_TRUE(whole.ok()) << whole.error().to_string();
    if (!whole.ok()) return 0;
    size_t count = 0;
    for (const litert::Signature& signature : file.model.signatures) {
      const auto tried = made_up(**whole->signature(signature.key), length);
      const std::vector<runtime::Input> inputs = borrowed(tried);
      const auto wanted = whole->run(signature.key, inputs);
      if (!wanted.ok()) continue;  // what the runtime can't give as a whole
      const auto possible = possible_cuts(file.model, signature);
      EXPECT_TRUE(possible.ok()) << possible.error().to_string();
      count += possible->size();
      std::vector<std::vector<size_t>> ways = {*possible, {}};
      for (const size_t cut : *possible) ways.push_back({cut});
      for (const std::vector<size_t>& cuts : ways) {
        SCOPED_TRACE(path + " " + signature.key + " cut before " + testing::PrintToString(cuts));
        const auto parts = parts_at(file.model, signature, cuts);
        EXPECT_TRUE(parts.ok()) << parts.error().to_string();
        EXPECT_EQ(parts->size(), cuts.size() + 1);
        const auto found = run_parts(runtime, file, signature, *parts, inputs, options);
        EXPECT_TRUE(found.ok()) << found.error().to_string();
        if (found.ok()) expect_equal(*found, *wanted);
      }
    }
    return count;
  }
};

TEST_F(Parts, GiveTheBitsOfTheWholeWhereLengthsAreComputed) {
  const File file = file_of(kBlocks);
  EXPECT_EQ(expect_same_bits(file, path_.string(), 3), 12U);
  expect_same_bits(file, path_.string(), 1);
  expect_same_bits(file, path_.string(), 5, {.kernels = runtime::Kernels::kBuiltin});
}

TEST_F(Parts, GiveTheBitsOfTheWholeInAllFilesOfTheTests) {
  size_t files = 0, cuts = 0;
  for (const char* folder : {"runtime", "quant_refs", "foreign"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(KELT_SOURCE_DIR) + "/testdata/" + folder)) {
      if (entry.path().extension() != ".tflite" || entry.path().stem() == "rejected") continue;
      if (entry.path().string().ends_with("wi2.tflite")) continue;  // of 2 bits: the runtime reads beyond them
      Result<File> file = read_file(entry.path());
      ASSERT_TRUE(file.ok()) << file.error().to_string();
      if (!possible_cuts(file->model, file->model.signatures[0]).ok()) continue;
      if (!runtime::runtime_for_tests().open(entry.path().string()).ok()) continue;  // strings
      ++files;
      cuts += expect_same_bits(*file, entry.path().string());
    }
  }
  EXPECT_GT(files, 20U);
  EXPECT_GT(cuts, files);
}

TEST_F(Parts, TakeLengthsOfTensorsInsideAsTheyAre) {
  const File file = file_of(R"(fn (x: f32[n,2]) {
      a: f32[1,2] = NEG(x)
      b: f32[1,2] = ABS(a)
      y: f32[n,2] = ADD(b, x)
    } -> (y))");
  EXPECT_EQ(expect_same_bits(file, path_.string(), 3), 2U);
}

TEST_F(Parts, TakeTheSubgraphsThatTheirOperatorsRun) {
  const File file = file_of(R"(
    fn (x: f32[2]) { y = NEG(x) } -> (y)
    fn (i: i32[], x: f32[2]) { c: bool[] = LESS(i, const i32[] 3) NONE{} } -> (c)
    fn (i: i32[], x: f32[2]) { j: i32[] = ADD(i, const i32[] 1) NONE{} d: f32[2] = MUL(x, @w: f32[2]) } -> (j, d)
    fn (x: f32[2]) {
      a: f32[2] = NEG(x)
      i: i32[], w: f32[2] = WHILE(const i32[] 0, a) {cond_subgraph_index: 1, body_subgraph_index: 2}
      y: f32[2] = ABS(w)
    } -> (y)
    signature "f" 0 (x: x) -> (y: y)
    signature "g" 3 (x: x) -> (y: y))");
  EXPECT_EQ(expect_same_bits(file, path_.string()), 2U);
  const auto parts = parts_at(file.model, file.model.signatures[1], std::vector<size_t>{1, 2});
  ASSERT_TRUE(parts.ok());
  EXPECT_EQ(parts->at(0).model.subgraphs.size(), 1U);
  EXPECT_EQ(parts->at(1).model.subgraphs.size(), 3U);
  EXPECT_EQ(parts->at(1).bytes, 20U) << "the weights of the body, and three integers";
}

TEST_F(Parts, GiveOutputsThatNoOperatorComputesFromAnInput) {
  File file = file_of(R"(fn (x: f32[2], u: f32[3]) {
      a: f32[2] = NEG(x)
      y: f32[2] = ADD(a, const f32[2] [1, 2])
      w: f32[2] = MUL(const f32[2] [1, 2], const f32[2] [3, 4])
    } -> (y, w)
    signature "f" 0 (x: x, unused: u) -> (y: y, computed: w))");
  EXPECT_EQ(expect_same_bits(file, path_.string()), 2U);
  // The runtime gives no right values of these.
  litert::Signature& signature = file.model.signatures[0];
  const std::vector<litert::Tensor>& tensors = file.model.subgraphs[0].tensors;
  const auto constant = std::ranges::find_if(tensors, [](const litert::Tensor& tensor) { return tensor.constant.has_value(); });
  signature.outputs.push_back({"same", signature.inputs[0].tensor});
  signature.outputs.push_back({"constant", static_cast<litert::TensorId>(constant - tensors.begin())});
  signature.outputs.push_back({"again", signature.outputs[0].tensor});
  const std::vector<float> x = {5, 6}, u = {7, 8, 9};
  const std::array<runtime::Input, 2> inputs = {
      {{"x", DType::kFloat32, {2}, std::as_bytes(std::span(x))}, {"unused", DType::kFloat32, {3}, std::as_bytes(std::span(u))}}};
  for (const std::vector<size_t>& cuts : {std::vector<size_t>{}, {1}, {2}, {1, 2}}) {
    const auto parts = parts_at(file.model, signature, cuts);
    ASSERT_TRUE(parts.ok());
    const auto found = run_parts(runtime::runtime_for_tests(), file, signature, *parts, inputs);
    ASSERT_TRUE(found.ok()) << found.error().to_string();
    std::map<std::string, std::vector<float>> values;
    for (const runtime::Output& output : *found) values[output.name] = runtime::values_of<float>(output);
    EXPECT_EQ(values, (std::map<std::string, std::vector<float>>{
                          {"y", {-4, -4}}, {"computed", {3, 8}}, {"same", {5, 6}}, {"constant", {1, 2}}, {"again", {-4, -4}}}));
  }
}

TEST_F(Parts, HaveAtMostSoManyBytesOfConstants) {
  const File file = file_of(kBlocks);  // 512 + 64 bytes of weights, and 256 + 16
  const litert::Signature& signature = file.model.signatures[0];
  const auto cuts = [&](uint64_t most) { return *cuts_for(file.model, signature, most); };
  EXPECT_EQ(cuts(2000), std::vector<size_t>{});
  const std::vector<size_t> two = cuts(700);
  ASSERT_EQ(two.size(), 1U);
  const auto parts = parts_at(file.model, signature, two);
  ASSERT_TRUE(parts.ok());
  for (const Part& part : *parts) EXPECT_LE(part.bytes, 700U);
  EXPECT_GE(cuts(1).size(), 3U) << "an operator with more stands alone";
}

TEST_F(Parts, AreCutWhereFewTensorsAreAlive) {
  const File file = file_of(R"(fn (x: f32[2,8]) {
      a: f32[2,8] = FULLY_CONNECTED(x, @k: f32[8,8], @b: f32[8]) {keep_num_dims: true}
      t: f32[2,8] = TANH(a)
      z: f32[2,8] = MUL(a, t)
      n: f32[2,8] = NEG(z)
      s: f32[2,8] = ADD(n, z)
      y: f32[2,8] = FULLY_CONNECTED(s, @l: f32[8,8], @lb: f32[8]) {keep_num_dims: true}
    } -> (y))");
  EXPECT_EQ(*cuts_for(file.model, file.model.signatures[0], 300), std::vector<size_t>{5});
  const File residual = file_of(R"(fn (x: f32[2,8]) {
      a: f32[2,8] = FULLY_CONNECTED(x, @k: f32[8,8], @b: f32[8]) {keep_num_dims: true}
      t: f32[2,8] = TANH(a)
      z: f32[2,8] = MUL(a, t)
      n: f32[2,8] = NEG(z)
      y: f32[2,8] = FULLY_CONNECTED(n, @l: f32[8,8], z) {keep_num_dims: true}
    } -> (y))");
  EXPECT_EQ(*cuts_for(residual.model, residual.model.signatures[0], 300), std::vector<size_t>{3});
}

TEST_F(Parts, AreNotCutWhereASizeFollowsFromValues) {
  const File file = file_of(R"(fn (x: f32[4]) {
      a: f32[4] = NEG(x)
      i: i64[k,1] = WHERE(a)
      s: i32[2] = SHAPE(i) {out_type: INT32}
      n: i32[] = REDUCE_PROD(s, const i32[1] [0]) {keep_dims: false}
      f: f32[] = CAST(n)
      y: f32[4] = MUL(a, f)
    } -> (y))");
  const auto cuts = possible_cuts(file.model, file.model.signatures[0]);
  ASSERT_TRUE(cuts.ok());
  EXPECT_EQ(*cuts, (std::vector<size_t>{1, 5}));
  EXPECT_EQ(expect_same_bits(file, path_.string()), 2U);
}

TEST_F(Parts, ThereAreNoneOfAFileWithStates) {
  const File file = file_of(R"(fn (x: f32[2]) {
      h: resource[] = VAR_HANDLE() {shared_name: "s"}
      a: f32[2] = READ_VARIABLE(h)
      b: f32[2] = ADD(a, x)
      ASSIGN_VARIABLE(h, b)
      y: f32[2] = NEG(b)
    } -> (y)
    signature "f" 0 (x: x) -> (y: y))");
  for (const auto& error :
       {possible_cuts(file.model, file.model.signatures[0]).error(), cuts_for(file.model, file.model.signatures[0], 1).error(),
        parts_at(file.model, file.model.signatures[0], {}).error()}) {
    EXPECT_EQ(error.code, Code::kUnsupported);
    EXPECT_EQ(error.what, "the file can't be run in parts: the signature 'f' has states");
  }
}

TEST_F(Parts, SayWhichInputIsMissingAndWhichPartFails) {
  const File file = file_of(R"(fn (x: f32[2]) {
      a: f32[2] = NEG(x)
      i: i32[2] = CAST(a)
      y: f32[2] = GATHER(x, i)
    } -> (y))");
  const auto parts = parts_at(file.model, file.model.signatures[0], std::vector<size_t>{2});
  ASSERT_TRUE(parts.ok());
  const runtime::Runtime runtime = runtime::runtime_for_tests();
  const auto without = run_parts(runtime, file, file.model.signatures[0], *parts, {});
  ASSERT_FALSE(without.ok());
  EXPECT_NE(without.error().what.find("the input x"), std::string::npos);
  const std::vector<float> x = {-100, 0};
  const std::array<runtime::Input, 1> input = {{{"x", DType::kFloat32, {2}, std::as_bytes(std::span(x))}}};
  const auto failed = run_parts(runtime, file, file.model.signatures[0], *parts, input);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().notes.back(), "in part 2 of 2");
}

// What observe_within() hands out of everything that the signature computes, in its order: the sample, the tensor, its values.
struct Seen {
  size_t sample;
  std::string tensor;
  Shape shape;
  std::vector<float> values;
  friend bool operator==(const Seen&, const Seen&) = default;
  friend auto operator<=>(const Seen&, const Seen&) = default;
};

std::vector<Seen> seen_within(uint64_t most_bytes, const File& file, std::span<const std::vector<runtime::Input>> inputs) {
  const litert::Signature& signature = file.model.signatures[0];
  const std::vector<Sample> samples(inputs.begin(), inputs.end());
  std::vector<Seen> seen;
  const auto result = observe_within(most_bytes, runtime::runtime_for_tests(), file, signature, observable_tensors(file.model, signature),
                                     samples, [&](size_t sample, const Place& place, const runtime::Output& value) -> Result<bool> {
                                       const litert::Tensor& tensor = file.model.subgraphs[0].tensors[static_cast<size_t>(place.tensor)];
                                       if (value.dtype != DType::kFloat32) return true;
                                       seen.push_back({sample, tensor.name, value.shape, runtime::values_of<float>(value)});
                                       return true;
                                     });
  EXPECT_TRUE(result.ok()) << result.error().to_string();
  return seen;
}

TEST_F(Parts, HandOutTheValuesOfAllSamplesWhateverTheirLengths) {
  for (const int64_t said : {-1, 3}) {  // of the tensors inside; the file says 3 where other lengths come
    File file = file_of(kBlocks);
    if (said > 0) {
      for (litert::Tensor& tensor : file.model.subgraphs[0].tensors) {
        if (!tensor.dims.empty() && !tensor.dims[0].value() && tensor.name != "x") tensor.dims[0] = Dim(said);
      }
    }
    std::vector<std::vector<float>> values;
    std::vector<std::vector<runtime::Input>> inputs;
    for (const int64_t length : {5, 3, 7, 3}) {
      std::vector<float>& x = values.emplace_back(static_cast<size_t>(length) * 8);
      for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) * 0.1F - 0.2F * static_cast<float>(values.size());
      inputs.push_back({{"x", DType::kFloat32, {length, 8}, std::as_bytes(std::span(x))}});
    }
    std::vector<Seen> whole = seen_within(0, file_of(kBlocks), inputs), parts = seen_within(1, file, inputs);
    ASSERT_FALSE(whole.empty());
    // One part after the other, each with all samples; a whole with each sample.
    EXPECT_EQ((std::vector{parts[0].sample, parts[1].sample, parts[2].sample, parts[3].sample}), (std::vector<size_t>{0, 1, 2, 3}));
    EXPECT_EQ((std::vector{whole[0].sample, whole[1].sample}), (std::vector<size_t>{0, 0}));
    std::ranges::sort(whole);
    std::ranges::sort(parts);
    EXPECT_EQ(parts, whole);
  }
}

TEST_F(Parts, HandOutNothingThatTheRuntimeCantGive) {
  const File file = file_of(R"(fn (x: f32[2]) {
      a: f32[2] = ADD(x, const f32[2] [1, 1])
      i: i64[k,1] = WHERE(a)
      b: f32[2] = MUL(a, const f32[2] [3, 3])
      y: f32[2] = NEG(b)
    } -> (y))");
  const std::vector<float> x = {0, 1};
  const std::vector<std::vector<runtime::Input>> inputs = {{{"x", DType::kFloat32, {2}, std::as_bytes(std::span(x))}}};
  EXPECT_EQ(seen_within(1, file, inputs), (std::vector<Seen>{{0, "a", {2}, {1, 2}}, {0, "b", {2}, {3, 6}}, {0, "y", {2}, {-3, -6}}}));
}

}  // namespace
}  // namespace kelt::observe
