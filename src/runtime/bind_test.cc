// Where the inputs and outputs of a run lie: in the caller's memory where the runtime can use it.

#include <cstring>
#include <numeric>

#include "runtime/testing.h"

namespace kelt::runtime {
namespace {

// Memory of `count` numbers, from `shift` bytes behind a place at which it can be bound.
struct Numbers {
  explicit Numbers(size_t count, size_t shift = 0) : memory(*HostMemory::allocate(8192)) {
    const auto place = reinterpret_cast<uintptr_t>(memory.data());
    const size_t to_next_page = (4096 - place % 4096) % 4096;
    bytes = std::span(memory).subspan(to_next_page + shift, count * sizeof(float));
  }
  void fill(const std::vector<float>& values) const { std::memcpy(bytes.data(), values.data(), bytes.size()); }
  [[nodiscard]] std::vector<float> values() const {
    std::vector<float> all(bytes.size() / sizeof(float));
    std::memcpy(all.data(), bytes.data(), bytes.size());
    return all;
  }
  HostMemory memory;
  std::span<std::byte> bytes;
};

CompiledModel open_split() { return *runtime_for_tests().open(test_file("split")); }

const std::vector<float> kZeros = {0, 0, 0, 0};
const std::vector<float> kAtZeros = {0.5F, 2, 4.5F, 8};  // what split.tflite computes of them

TEST(HostMemory, CanBeBoundWhereItIsAlignedAndMoreMayBeReadBehindIt) {
  const HostMemory memory = *HostMemory::allocate(12288);
  const auto place = reinterpret_cast<uintptr_t>(memory.data());
  EXPECT_EQ(place % 64, 0U);
  const std::span page = std::span(memory).subspan((4096 - place % 4096) % 4096);
  EXPECT_TRUE(can_be_bound(page.first(64)));
  EXPECT_TRUE(can_be_bound(page.first(4096 - 128)));
  EXPECT_FALSE(can_be_bound(page.first(4096 - 127)));
  EXPECT_FALSE(can_be_bound(page.first(4096)));
  EXPECT_TRUE(can_be_bound(page.first(4100)));
  EXPECT_FALSE(can_be_bound(page.subspan(16, 64)));
}

TEST(HostMemory, RejectsMoreThanThereIs) {
  const auto memory = HostMemory::allocate(SIZE_MAX);
  ASSERT_FALSE(memory.ok());
  EXPECT_NE(memory.error().what.find("no memory for a tensor of"), std::string::npos);
}

TEST(Bind, ReadsAndWritesTheMemoryOfTheCaller) {
  CompiledModel model = open_split();
  const Numbers x(4), y(4);
  for (const float start : {0.0F, 1.0F, -2.0F}) {
    x.fill({start, start, start, start});
    const auto outputs =
        model.run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, x.bytes}}, std::vector<Target>{{"y", DType::kFloat32, y.bytes}});
    ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
    EXPECT_EQ(model.copies(), 0U);
    EXPECT_EQ(outputs->at(0).bytes.size(), 0U);
    EXPECT_EQ(outputs->at(0).shape, Shape({1, 4}));
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(y.values()[i], (start + static_cast<float>(i + 1)) * (start + static_cast<float>(i + 1)) / 2);
    EXPECT_EQ(x.values(), std::vector<float>(4, start));
  }
}

TEST(Bind, CopiesWhatIsNotAligned) {
  CompiledModel model = open_split();
  const Numbers x(4, 16), y(4, 4);
  x.fill(kZeros);
  const auto outputs =
      model.run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, x.bytes}}, std::vector<Target>{{"y", DType::kFloat32, y.bytes}});
  ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
  EXPECT_EQ(model.copies(), 2U);
  EXPECT_EQ(y.values(), kAtZeros);
}

TEST(Bind, ComputesInPlaceByACopy) {
  CompiledModel model = open_split();
  const Numbers x(4);
  x.fill(kZeros);
  const auto outputs =
      model.run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, x.bytes}}, std::vector<Target>{{"y", DType::kFloat32, x.bytes}});
  ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
  EXPECT_EQ(model.copies(), 1U);
  EXPECT_EQ(x.values(), kAtZeros);
}

TEST(Bind, FindsTheMemoryOfEachRunAlsoWhereSizesChange) {
  CompiledModel model = *runtime_for_tests().open(test_file("computed_shape"));
  for (const int64_t size : {2, 5, 1, 5}) {
    const auto count = static_cast<size_t>(size * 12);
    const Numbers x(count), y(count);
    x.fill(std::vector<float>(count, 1));
    const auto outputs = model.run("", std::vector<Input>{{"x", DType::kFloat32, {size, 3, 4}, x.bytes}},
                                   std::vector<Target>{{model.signatures()[0].outputs[0].name, DType::kFloat32, y.bytes}});
    ASSERT_TRUE(outputs.ok()) << outputs.error().to_string();
    EXPECT_EQ(outputs->at(0).shape, Shape({size, 3, 2, 2}));
    EXPECT_EQ(y.values(), std::vector<float>(count, 6));
  }
}

TEST(Bind, ReturnsOutputsThatOutliveTheModel) {
  std::optional<CompiledModel> model = open_split();
  const auto first = model->run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, bytes_of(kZeros)}});
  const std::vector<float> ones = {1, 1, 1, 1};
  const auto second = model->run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, bytes_of(ones)}});
  model.reset();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(values_of<float>(first->at(0)), kAtZeros);
  EXPECT_EQ(values_of<float>(second->at(0)), std::vector<float>({2, 4.5F, 8, 12.5F}));
}

TEST(Bind, RejectsMemoryThatDoesNotFit) {
  CompiledModel model = open_split();
  const Numbers y(3);
  const auto error = [&](const Target& target) {
    const auto outputs = model.run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, bytes_of(kZeros)}}, std::vector<Target>{target});
    return outputs.ok() ? std::string() : outputs.error().to_string();
  };
  EXPECT_EQ(error({"y", DType::kFloat32, y.bytes}), "K101: output y takes 16 bytes; the memory for it has 12");
  EXPECT_EQ(error({"y", DType::kInt32, y.bytes}), "K101: output y is float32, not int32");
  EXPECT_EQ(error({"z", DType::kFloat32, y.bytes}), "K102: the signature serving_default has no output z. Its outputs: y");
}

TEST(Bind, KeepsTheInputsOfTheStepsApartFromThoseOfARun) {
  CompiledModel model = open_split();
  ASSERT_TRUE(model.set_inputs("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, bytes_of(kZeros)}}).ok());
  const std::vector<float> ones = {1, 1, 1, 1};
  ASSERT_TRUE(model.run("", std::vector<Input>{{"x", DType::kFloat32, {1, 4}, bytes_of(ones)}}).ok());
  EXPECT_EQ(model.outputs("").error().what, "the signature has not run");
  ASSERT_TRUE(model.invoke("").ok());
  EXPECT_EQ(values_of<float>(model.outputs("")->at(0)), kAtZeros);
}

}  // namespace
}  // namespace kelt::runtime
