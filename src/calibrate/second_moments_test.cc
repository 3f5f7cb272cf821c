#include "calibrate/second_moments.h"

#include <random>

#include "calibrate/calibrate.h"
#include "litert/testing.h"
#include "runtime/testing.h"

namespace kelt::calibrate {
namespace {

constexpr const char* kTwoLayers = R"(fn (x: f32[n, 2, 3], ids: i32[1]) {
    a: f32[n, 2, 3] = ADD(x, const f32[] 1)
    h: f32[n, 2, 4] = FULLY_CONNECTED(a, @k: f32[4, 3], @b: f32[4]) {keep_num_dims: true}
    y: f32[n, 2, 4] = RELU(h)
  } -> (y))";

class Moments : public testing::Test {
 protected:
  Moments() {
    std::mt19937 generator(2);
    std::normal_distribution<float> normal;
    for (const int64_t batch : {1, 3, 2}) {
      auto& sample = samples_.emplace_back(static_cast<size_t>(batch) * 6);
      for (float& value : sample) value = normal(generator);
    }
    auto file = unnamed_file(litert::model_of(kTwoLayers), testing::TempDir());
    EXPECT_TRUE(file.ok()) << file.error().to_string();
    file_ = *std::move(file);
  }

  Data data() {
    const auto next = [this, at = size_t{0}]() mutable -> Result<std::optional<Given>> {
      if (at == samples_.size()) return std::optional<Given>();
      const auto& sample = samples_[at++];
      return std::optional(
          Given{.inputs = {{"x", DType::kFloat32, {static_cast<int64_t>(sample.size()) / 6, 2, 3}, runtime::bytes_of(sample)},
                           {"ids", DType::kInt32, {1}, runtime::bytes_of(ids_)}}});
    };
    return {"", next};
  }

  Place place(const std::string& name) {
    const auto& tensors = file_.model.subgraphs[0].tensors;
    const auto found = std::ranges::find(tensors, name, &litert::Tensor::name);
    return {0, static_cast<litert::TensorId>(found - tensors.begin())};
  }

  std::vector<observe::Unreadable> run(const std::vector<Place>& places, size_t memory) {
    const std::array all = {data()};
    auto unreadable = second_moments(runtime::runtime_for_tests(), file_, all, places,
                                     [&](const Place& place, const SecondMoments& moments) -> Result<void> {
                                       EXPECT_FALSE(found_.contains(place));
                                       found_[place] = moments;
                                       return {};
                                     },
                                     {.memory = memory});
    EXPECT_TRUE(unreadable.ok()) << unreadable.error().to_string();
    return *std::move(unreadable);
  }

  // Of x + offset, in double.
  std::vector<double> expected(double offset) const {
    std::vector<double> sums(9, 0);
    for (const auto& sample : samples_) {
      for (size_t row = 0; row < sample.size(); row += 3) {
        for (size_t i = 0; i < 9; ++i) sums[i] += (sample[row + i / 3] + offset) * (sample[row + i % 3] + offset);
      }
    }
    return sums;
  }

  observe::File file_;
  std::vector<std::vector<float>> samples_;
  std::vector<int32_t> ids_ = {0};
  std::map<Place, SecondMoments> found_;
};

TEST_F(Moments, AreSumsOverTheRowsOfAllSamples) {
  for (const size_t memory : {size_t{1} << 20, size_t{1}}) {
    found_.clear();
    EXPECT_TRUE(run({place("x"), place("a"), place("y")}, memory).empty());
    ASSERT_EQ(found_.size(), 3U);
    EXPECT_EQ(found_.at(place("a")).samples, 3U);
    EXPECT_EQ(found_.at(place("y")).width, 4);
    const std::vector<double> of_x = expected(0);
    const std::vector<double> of_a = expected(1);
    for (size_t i = 0; i < 9; ++i) {
      EXPECT_NEAR(found_.at(place("x")).sums[i], of_x[i], 1e-4);
      EXPECT_NEAR(found_.at(place("a")).sums[i], of_a[i], 1e-4);
    }
  }
}

TEST_F(Moments, SayWhichTensorsHaveNone) {
  const auto unreadable = run({place("ids"), place("k"), place("a")}, size_t{1} << 20);
  EXPECT_EQ(found_.size(), 1U);
  ASSERT_EQ(unreadable.size(), 2U);
  EXPECT_EQ(unreadable[0].place, place("ids"));
  EXPECT_EQ(unreadable[1].why, "it is no float32 tensor of a signature with samples, or its last dim is unknown");
}

TEST_F(Moments, TakeAsMuchMemoryAsTheLargestConstant) {
  EXPECT_EQ(memory_for_moments(file_.model), size_t{64} << 20);
  file_.model.subgraphs[0].tensors[static_cast<size_t>(place("k").tensor)].constant->shape = {int64_t{1} << 18, 640};
  EXPECT_EQ(memory_for_moments(file_.model), size_t{640} << 20);
}

}  // namespace
}  // namespace kelt::calibrate
