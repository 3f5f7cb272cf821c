#include "calibrate/sample.h"

#include <limits>

#include "litert/testing.h"
#include "runtime/testing.h"

namespace kelt::calibrate {
namespace {

using runtime::bytes_of;
using runtime::Input;

constexpr const char* kText = R"(fn (x: f32[4, 2], ids: i32[n], on: bool[]) {
    y: f32[4, 2] = NEG(x)
  } -> (y))";

class FitSample : public testing::Test {
 protected:
  Result<Fitted> fit(const Input& x) { return fit_all({x, {"ids", DType::kInt32, {3}, bytes_of(ids_)}, {"on", DType::kBool, {}, on()}}); }
  Result<Fitted> fit_ids(const Input& ids) {
    return fit_all({{"x", DType::kFloat32, {4, 2}, bytes_of(x_)}, ids, {"on", DType::kBool, {}, on()}});
  }
  Result<Fitted> fit_all(const std::vector<Input>& inputs) { return fit_sample(model_, model_.signatures[0], inputs, 3); }

  static std::string fault_of(const Result<Fitted>& fitted) {
    if (fitted.ok()) return "";
    EXPECT_EQ(fitted.error().code, Code::kBadData);
    return fitted.error().what + ". " + fitted.error().remedy;
  }
  static std::vector<float> floats(const Input& input) {
    const auto* const begin = reinterpret_cast<const float*>(input.bytes.data());
    return {begin, begin + input.bytes.size() / sizeof(float)};
  }
  std::span<const std::byte> on() { return std::as_bytes(std::span(&on_, 1)); }

  litert::Model model_ = litert::model_of(kText);
  std::vector<float> x_ = {1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<int32_t> ids_ = {1, 2, 3};
  uint8_t on_ = 1;
};

TEST_F(FitSample, TakesWhatFitsWhereItLies) {
  const auto fitted = fit({"x", DType::kFloat32, {4, 2}, bytes_of(x_)});
  ASSERT_TRUE(fitted.ok()) << fitted.error().to_string();
  EXPECT_EQ(fitted->inputs[0].bytes.data(), bytes_of(x_).data());
  EXPECT_TRUE(fitted->converted.empty());
  EXPECT_TRUE(fitted->repeated.empty());
}

TEST_F(FitSample, RepeatsWhatLacksItsBatch) {
  const std::vector<double> one = {1.5, 2.5};
  for (const Shape& shape : {Shape{2}, Shape{1, 2}}) {
    const auto fitted = fit({"x", DType::kFloat64, shape, bytes_of(one)});
    ASSERT_TRUE(fitted.ok()) << fitted.error().to_string();
    EXPECT_EQ(fitted->inputs[0].shape, (Shape{4, 2}));
    EXPECT_EQ(floats(fitted->inputs[0]), (std::vector<float>{1.5, 2.5, 1.5, 2.5, 1.5, 2.5, 1.5, 2.5}));
    EXPECT_EQ(fitted->repeated, (std::vector<Repeated>{{"x", 4}}));
  }
  const std::vector<int32_t> id = {7};
  const auto fitted = fit_ids({"ids", DType::kInt32, {}, bytes_of(id)});  // of an unknown batch: one
  ASSERT_TRUE(fitted.ok());
  EXPECT_EQ(fitted->inputs[1].shape, (Shape{1}));
}

TEST_F(FitSample, ConvertsNumbersThatStayTheSame) {
  const std::vector<uint8_t> pixels = {0, 1, 2, 3, 4, 5, 6, 255};
  const auto image = fit({"x", DType::kUInt8, {4, 2}, bytes_of(pixels)});
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(floats(image->inputs[0]), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 255}));
  const std::vector<int64_t> wide = {-1, 5};
  const auto ids = fit_ids({"ids", DType::kInt64, {2}, bytes_of(wide)});
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(ids->inputs[1].dtype, DType::kInt32);
}

TEST_F(FitSample, SaysWhatIsWrong) {
  const std::string list = "The inputs: x float32[4, 2], ids int32[?], on bool[]";
  const Input ids{"ids", DType::kInt32, {3}, bytes_of(ids_)};
  const Input x{"x", DType::kFloat32, {4, 2}, bytes_of(x_)};
  EXPECT_EQ(fault_of(fit_all({x, ids})), "sample 3 lacks the input 'on' of the signature 'serving_default'. " + list);
  EXPECT_EQ(fault_of(fit_all({x, ids, {"z", DType::kInt32, {3}, bytes_of(ids_)}})),
            "sample 3 has an input 'z', which the signature 'serving_default' has not. " + list);
  EXPECT_EQ(
      fault_of(fit({"x", DType::kFloat32, {2, 4}, bytes_of(x_)})),
      "sample 3: the input 'x' takes [4, 2], not [2, 4]. Give an array of that shape, or of one example of it, without the first dim");
  EXPECT_EQ(fault_of(fit({"x", DType::kFloat32, {0, 2}, {}})),
            "sample 3: the input 'x' has no elements: its shape is [0, 2]. Leave the sample out");
  const std::vector<float> fractions = {1, 2, 3};
  EXPECT_EQ(fault_of(fit_ids({"ids", DType::kFloat32, {3}, bytes_of(fractions)})),
            "sample 3: the input 'ids' takes int32, not float32. Give int32, as the model gets it when it is used");
  const std::vector<int64_t> large = {1, int64_t{1} << 40};
  EXPECT_EQ(fault_of(fit_ids({"ids", DType::kInt64, {2}, bytes_of(large)})),
            "sample 3: the input 'ids' takes int32, and holds numbers that are too large for it. Give numbers that the model can take");
  const std::vector<uint8_t> truth = {1, 1, 1, 0, 1, 1, 1, 1};
  EXPECT_EQ(fault_of(fit({"x", DType::kBool, {4, 2}, bytes_of(truth)})),
            "sample 3: the input 'x' takes float32, not bool. Give float32, as the model gets it when it is used");
}

TEST_F(FitSample, RejectsWhatIsNotFinite) {
  x_[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(fault_of(fit({"x", DType::kFloat32, {4, 2}, bytes_of(x_)})),
            "sample 3: the input 'x' holds NaN (element 5). Leave the sample out, or mend what makes it");
  x_[5] = 1;
  x_[2] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(fault_of(fit({"x", DType::kFloat32, {4, 2}, bytes_of(x_)})),
            "sample 3: the input 'x' holds infinity (element 2). Leave the sample out, or mend what makes it");
  const std::vector<double> large = {1e300, 0};
  EXPECT_EQ(fault_of(fit({"x", DType::kFloat64, {2}, bytes_of(large)})),
            "sample 3: the input 'x' holds infinity (element 0). Leave the sample out, or mend what makes it");
}

}  // namespace
}  // namespace kelt::calibrate
