// Quantized constants go into tensors and come back, and those of other tools' files are read.

#include "quantize/constant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "litert/read.h"
#include "quantize/kernels.h"

namespace kelt::quantize {
namespace {

namespace fs = std::filesystem;

Quantized draw(std::mt19937& random, const Shape& values, const Shape& scales, int bits, DType scale_type, bool zeros) {
  const auto drawn = [&](const Shape& shape, auto next) {
    std::vector<float> each(Array{DType::kFloat32, shape, nullptr}.count());
    for (float& value : each) value = next();
    return array_from<float>(shape, each);
  };
  const auto integer = [&] { return static_cast<float>(std::uniform_int_distribution(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)(random)); };
  Quantized quantized{.values = cast(drawn(values, integer), DType::kInt8), .bits = bits, .scales = {}};
  quantized.scales = cast(drawn(scales, [&] { return std::uniform_real_distribution(0.01F, 2.0F)(random); }), scale_type);
  if (zeros) quantized.zeros = drawn(scales, integer);
  return quantized;
}

std::vector<std::byte> floats(const Quantized& quantized) {
  const auto bytes = read_all(dequantize(quantized));
  EXPECT_TRUE(bytes.ok()) << bytes.error().to_string();
  return bytes.ok() ? *bytes : std::vector<std::byte>{};
}

void expect_same_again(const Quantized& quantized) {
  litert::Subgraph subgraph;
  const auto id = add_quantized(subgraph, quantized, "k");
  ASSERT_TRUE(id.ok()) << id.error().to_string();
  const auto again = read_quantized(subgraph, *id);
  ASSERT_TRUE(again.ok() && again->has_value());
  EXPECT_EQ((*again)->bits, quantized.bits);
  EXPECT_EQ((*again)->scales.shape, quantized.scales.shape);
  EXPECT_EQ(floats(**again), floats(quantized));
}

TEST(QuantizedConstant, GoesIntoAFileAndComesBack) {
  std::mt19937 random(1);
  const std::vector<Shape> shapes = {{6}, {4, 6}, {2, 3, 4}, {2, 3, 1, 4}};
  for (const Shape& shape : shapes) {
    for (size_t axis = 0; axis <= shape.size(); ++axis) {  // the last: per tensor
      Shape scales(shape.size(), 1);
      if (axis < shape.size()) scales[axis] = shape[axis];
      for (const int bits : {2, 4, 8}) {
        for (const DType type : {DType::kFloat32, DType::kFloat16}) {
          for (const bool zeros : {false, true}) expect_same_again(draw(random, shape, scales, bits, type, zeros));
        }
      }
    }
  }
}

TEST(QuantizedConstant, KeepsBlocksAlongTheLastAxisInHalfPrecision) {
  std::mt19937 random(2);
  for (const int bits : {2, 4, 8}) {
    expect_same_again(draw(random, {4, 6}, {4, 2}, bits, DType::kFloat16, false));
    expect_same_again(draw(random, {2, 4, 6}, {2, 4, 3}, bits, DType::kFloat16, false));
  }
}

TEST(QuantizedConstant, RejectsWhatNoFileHolds) {
  std::mt19937 random(3);
  litert::Subgraph subgraph;
  const auto what = [&](const Quantized& quantized) {
    const auto id = add_quantized(subgraph, quantized, "k");
    return id.ok() ? "" : id.error().what;
  };
  EXPECT_EQ(what(draw(random, {4, 6}, {2, 3}, 8, DType::kFloat32, false)), "scales along several axes have no form in a LiteRT file");
  EXPECT_EQ(what(draw(random, {4, 6}, {4, 2}, 8, DType::kFloat32, true)), "blocks with zero points have no form in a LiteRT file");
  Quantized between = draw(random, {4, 6}, {4, 1}, 8, DType::kFloat32, false);
  between.zeros = array_from<float>({4, 1}, std::vector<float>{0, 1.5F, 0, 0});
  EXPECT_EQ(what(between), "zero points that are no integers have no form in a LiteRT file");
  EXPECT_TRUE(subgraph.tensors.empty());
}

TEST(QuantizedConstant, IsNoneWhereFloatsAre) {
  litert::Subgraph subgraph;
  subgraph.tensors.push_back({.name = "k", .dims = {1}, .constant = array_from<float>({1}, std::vector<float>{1})});
  EXPECT_FALSE((*read_quantized(subgraph, 0)).has_value());
}

// The largest constant of a file, as floats.
std::vector<float> weights_of(const fs::path& path) {
  const litert::Model model = *litert::read_model(path);
  const litert::Subgraph& subgraph = model.subgraphs[0];
  std::vector<float> largest;
  for (litert::TensorId id = 0; id < static_cast<litert::TensorId>(subgraph.tensors.size()); ++id) {
    const auto quantized = read_quantized(subgraph, id);
    EXPECT_TRUE(quantized.ok()) << quantized.error().to_string();
    const auto& constant = subgraph.tensors[static_cast<size_t>(id)].constant;
    const bool is_float = constant && constant->dtype == DType::kFloat32;
    if (!is_float && !(quantized.ok() && *quantized)) continue;
    std::vector<float> values = *read_as<float>(is_float ? *constant : dequantize(**quantized));
    if (values.size() > largest.size()) largest = std::move(values);
  }
  return largest;
}

TEST(QuantizedConstant, IsReadFromFilesOfOtherTools) {
  const fs::path folder = fs::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs";
  struct Case {
    const char* file;
    const char* floats;
    double error;  // relative to the weights
  };
  for (const Case& given : {Case{"lq/sfc_wo_wi8", "tf/sfc_fp32", 0.02}, Case{"lq/sfc_dyn_wi4", "tf/sfc_fp32", 0.2},
                            Case{"lq/sfc_dyn_wi4b32", "tf/sfc_fp32", 0.2}, Case{"lq/pw_dyn_wi8_pt", "tf/pw_fp32", 0.02},
                            Case{"lq/pw_dyn_wi4", "tf/pw_fp32", 0.2}, Case{"lq/pw_dyn_wi2", "tf/pw_fp32", 0.9},
                            Case{"lq/conv3x3_dyn_wi4", "tf/conv3x3_fp32", 0.2}, Case{"lq/bmm_ac_dyn_wi8", "tf/bmm_ac_fp32", 0.02},
                            Case{"tf/dw_dyn", "tf/dw_fp32", 0.02}}) {
    const std::vector<float> got = weights_of(folder / (std::string(given.file) + ".tflite"));
    const std::vector<float> wanted = weights_of(folder / (std::string(given.floats) + ".tflite"));
    ASSERT_EQ(got.size(), wanted.size()) << given.file;
    double difference = 0, whole = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      difference += std::pow(got[i] - wanted[i], 2);
      whole += std::pow(wanted[i], 2);
    }
    EXPECT_LT(std::sqrt(difference / whole), given.error) << given.file;
  }
}

TEST(Kernels, TakeWeightsThatAreSymmetricAndAlongTheOperatorsOwnAxis) {
  std::mt19937 random(4);
  constexpr auto product = litert::BuiltinOperator::FULLY_CONNECTED;
  const auto taken = [&](litert::BuiltinOperator op, const Shape& values, const Shape& scales, int bits, bool zeros) {
    return *takes({.code = op}, draw(random, values, scales, bits, DType::kFloat32, zeros));
  };
  EXPECT_TRUE(taken(product, {4, 64}, {4, 1}, 8, false));
  EXPECT_TRUE(taken(product, {4, 64}, {1, 1}, 8, false));
  EXPECT_TRUE(taken(product, {4, 64}, {4, 1}, 4, false));
  EXPECT_TRUE(taken(product, {4, 64}, {4, 2}, 4, false));
  EXPECT_FALSE(taken(product, {4, 64}, {4, 2}, 8, false)) << "blocks of 8 bits";
  EXPECT_FALSE(taken(product, {4, 64}, {4, 4}, 4, false)) << "blocks of 16";
  EXPECT_FALSE(taken(product, {4, 64}, {4, 1}, 8, true)) << "with zero points";
  EXPECT_FALSE(taken(product, {4, 64}, {1, 64}, 8, false)) << "along the other axis";
  EXPECT_FALSE(taken(product, {4, 63}, {4, 1}, 4, false)) << "rows that end in half a byte";
  EXPECT_TRUE(taken(product, {4, 64}, {4, 1}, 2, false));
  EXPECT_FALSE(taken(product, {4, 66}, {4, 1}, 2, false)) << "rows that end within a byte";
  EXPECT_FALSE(taken(litert::BuiltinOperator::CONV_2D, {4, 1, 1, 64}, {4, 1, 1, 1}, 2, false)) << "NaN in the runtime";
  EXPECT_TRUE(taken(litert::BuiltinOperator::DEPTHWISE_CONV_2D, {1, 3, 3, 4}, {1, 1, 1, 4}, 8, false));
  EXPECT_FALSE(taken(litert::BuiltinOperator::DEPTHWISE_CONV_2D, {1, 3, 3, 4}, {1, 1, 1, 4}, 4, false));
  EXPECT_EQ(kernel_of(litert::BuiltinOperator::ADD), nullptr);
}

}  // namespace
}  // namespace kelt::quantize
