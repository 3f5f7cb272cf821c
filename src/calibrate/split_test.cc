#include "calibrate/split.h"

#include "litert/testing.h"
#include "runtime/testing.h"

namespace kelt::calibrate {
namespace {

using runtime::Input;

using Rows = std::vector<std::vector<float>>;

class SplitTest : public testing::Test {
 protected:
  Result<Split> split(std::vector<Input> arrays) { return Split::of(model_, model_.signatures[0], arrays); }
  Input x(const Shape& shape) { return {"x", DType::kFloat32, shape, runtime::bytes_of(values_).first(bytes(shape))}; }
  static size_t bytes(const Shape& shape) {
    size_t count = sizeof(float);
    for (const int64_t dim : shape) count *= static_cast<size_t>(dim);
    return count;
  }

  // The values of x in each sample.
  static Rows rows_of(Result<Split> split, const Shape& shape) {
    Rows rows;
    EXPECT_TRUE(split.ok());
    while (auto sample = split->next()) {
      EXPECT_EQ(sample->at(0).shape, shape);
      const auto* const begin = reinterpret_cast<const float*>(sample->at(0).bytes.data());
      rows.emplace_back(begin, begin + sample->at(0).bytes.size() / sizeof(float));
    }
    return rows;
  }

  litert::Model model_ = litert::model_of("fn (x: f32[2, 2], i: f32[n]) { y: f32[2, 2] = NEG(x) } -> (y)");
  std::vector<float> values_ = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
};

TEST_F(SplitTest, CutsAnAxisOfSamples) {
  EXPECT_EQ(rows_of(split({x({3, 2, 2})}), {2, 2}), (Rows{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}}));
}

TEST_F(SplitTest, CutsRowsIntoBatchesAndFillsTheLast) {
  EXPECT_EQ(rows_of(split({x({4, 2})}), {2, 2}), (Rows{{1, 2, 3, 4}, {5, 6, 7, 8}}));
  EXPECT_EQ(rows_of(split({x({3, 2})}), {2, 2}), (Rows{{1, 2, 3, 4}, {5, 6, 1, 2}}));
  EXPECT_EQ(rows_of(split({x({1, 2})}), {2, 2}), (Rows{{1, 2, 1, 2}}));
}

TEST_F(SplitTest, TakesWhatFitsOrLacksItsBatchForOneSample) {
  EXPECT_EQ(rows_of(split({x({2, 2})}), {2, 2}), (Rows{{1, 2, 3, 4}}));
  EXPECT_EQ(rows_of(split({x({2})}), {2}), (Rows{{1, 2}}));
  EXPECT_EQ(rows_of(split({x({0, 2})}), {2, 2}), Rows{});
}

TEST_F(SplitTest, CutsAllInputsAlike) {
  const Input i{"i", DType::kFloat32, {3}, runtime::bytes_of(values_).first(3 * sizeof(float))};
  auto both = split({x({3, 2, 2}), i});
  ASSERT_TRUE(both.ok());
  size_t count = 0;
  while (auto sample = both->next()) {
    EXPECT_EQ(sample->at(1).shape, (Shape{1}));
    EXPECT_EQ(*reinterpret_cast<const float*>(sample->at(1).bytes.data()), values_[count++]);
  }
  EXPECT_EQ(count, 3U);
  const auto differ = split({x({2, 2, 2}), i});
  ASSERT_FALSE(differ.ok());
  EXPECT_EQ(differ.error().what, "the arrays hold different numbers of samples: 2 of 'x', 3 of 'i'");
}

TEST_F(SplitTest, LeavesWhatHasAnUnknownNameToTheSample) {
  const Input other{"other", DType::kFloat32, {5}, runtime::bytes_of(values_).first(5 * sizeof(float))};
  auto with = split({x({3, 2, 2}), other});
  ASSERT_TRUE(with.ok());
  EXPECT_EQ(with->next()->at(1).shape, (Shape{5}));
}

}  // namespace
}  // namespace kelt::calibrate
