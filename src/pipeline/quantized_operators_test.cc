// Every form of quantized weights that kelt writes is run, and computes what the weights stand for.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "litert/op_versions.h"
#include "litert/testing.h"
#include "quantize/kernels.h"
#include "quantize/operators.h"
#include "runtime/testing.h"
#include "write/write.h"

namespace kelt::pipeline {
namespace {

using litert::BuiltinOperator;
using litert::Model;

std::vector<float> drawn(std::mt19937& random, size_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<float> run(Model model, const Shape& shape) {
  litert::set_versions(model);
  const auto file = write::write_bytes(model);
  EXPECT_TRUE(file.ok()) << file.error().to_string();
  static const runtime::Runtime runtime = runtime::runtime_for_tests();
  auto compiled = runtime.open(*file);
  EXPECT_TRUE(compiled.ok()) << compiled.error().to_string();
  if (!compiled.ok()) return {};
  std::mt19937 random(5);
  const std::vector<float> x = drawn(random, Array{DType::kFloat32, shape, nullptr}.count());
  const std::vector<runtime::Input> inputs = {{.name = "x", .shape = shape, .bytes = runtime::bytes_of(x)}};
  const auto outputs = compiled->run("", inputs);
  EXPECT_TRUE(outputs.ok()) << outputs.error().to_string();
  return outputs.ok() ? runtime::values_of<float>((*outputs)[0]) : std::vector<float>{};
}

// Weights in integers, drawn over their whole range: of 2 and 4 bits the lowest as well.
Quantized weights(const Shape& values, const Shape& scales, int bits) {
  std::mt19937 random(6);
  const float most = static_cast<float>((1 << (bits - 1)) - 1);
  std::uniform_real_distribution<float> integer(bits == 8 ? -most : -most - 1.4F, most), scale(0.5F / most, 2.0F / most);
  std::vector<float> integers(Array{DType::kInt8, values, nullptr}.count());
  for (float& value : integers) value = std::nearbyint(integer(random));
  std::vector<float> factors(Array{DType::kFloat32, scales, nullptr}.count());
  for (float& factor : factors) factor = scale(random);
  return {.values = cast(array_from<float>(values, integers), DType::kInt8), .bits = bits, .scales = array_from<float>(scales, factors)};
}

constexpr double kActivations = 0.02;  // what 8-bit activations and float16 scales cost
constexpr double kFloats = 1e-6;

// `text` reads x and the constant k.
struct Case {
  const char* text;
  Shape x, values, scales;
  int bits;
};

const std::vector<Case> kCases = {
    {"y: f32[3,8] = FULLY_CONNECTED(x, @k: f32[8,64], _) {keep_num_dims: true}", {3, 64}, {8, 64}, {8, 1}, 8},
    {"y: f32[3,8] = FULLY_CONNECTED(x, @k: f32[8,64], _) {keep_num_dims: true}", {3, 64}, {8, 64}, {1, 1}, 8},
    {"y: f32[3,8] = FULLY_CONNECTED(x, @k: f32[8,64], _) {keep_num_dims: true}", {3, 64}, {8, 64}, {8, 1}, 4},
    {"y: f32[3,8] = FULLY_CONNECTED(x, @k: f32[8,64], _) {keep_num_dims: true}", {3, 64}, {8, 64}, {8, 2}, 4},
    {"y: f32[3,8] = FULLY_CONNECTED(x, @k: f32[8,64], _) {keep_num_dims: true}", {3, 64}, {8, 64}, {8, 1}, 2},
    {"y: f32[1,6,6,8] = CONV_2D(x, @k: f32[8,3,3,4], @b: f32[8]) {padding: SAME, stride_w: 1, stride_h: 1}",
     {1, 6, 6, 4},
     {8, 3, 3, 4},
     {8, 1, 1, 1},
     8},
    {"y: f32[1,6,6,8] = CONV_2D(x, @k: f32[8,3,3,4], @b: f32[8]) {padding: SAME, stride_w: 1, stride_h: 1}",
     {1, 6, 6, 4},
     {8, 3, 3, 4},
     {8, 1, 1, 1},
     4},
    {"y: f32[1,6,6,8] = DEPTHWISE_CONV_2D(x, @k: f32[1,3,3,8], @b: f32[8]) {padding: SAME, stride_w: 1, stride_h: 1, depth_multiplier: 1}",
     {1, 6, 6, 8},
     {1, 3, 3, 8},
     {1, 1, 1, 8},
     8},
    {"y: f32[1,12,12,8] = TRANSPOSE_CONV(const i32[4] [1, 12, 12, 8], @k: f32[8,3,3,4], x) {padding: SAME, stride_w: 2, stride_h: 2}",
     {1, 6, 6, 4},
     {8, 3, 3, 4},
     {8, 1, 1, 1},
     8},
    {"y: f32[2,3,8] = BATCH_MATMUL(x, @k: f32[2,64,8])", {2, 3, 64}, {2, 64, 8}, {1, 1, 8}, 8},
};

Model model_of(const Case& given, const Array& k) {
  std::string dims;
  for (const int64_t length : given.x) dims += (dims.empty() ? "" : ",") + std::to_string(length);
  Model model = litert::model_of("fn (x: f32[" + dims + "]) { " + given.text + " } -> (y)");
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name == "k") tensor.constant = k;
  }
  return model;
}

template <typename Write>
void expect_close(const Case& given, double limit, const Write& write) {
  SCOPED_TRACE(std::string(given.text) + " in " + std::to_string(given.bits) + " bits");
  const Quantized integers = weights(given.values, given.scales, given.bits);
  const Model before = model_of(given, dequantize(integers));
  Model after = before;
  const litert::Operator op = after.subgraphs[0].operators[0];
  quantize::Writer to(after.subgraphs[0]);
  write(to, op, integers);
  std::move(to).finish();
  const std::vector<float> wanted = run(before, given.x);
  const std::vector<float> got = run(after, given.x);
  ASSERT_EQ(got.size(), wanted.size());
  double difference = 0, largest = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference = std::max<double>(difference, std::abs(got[i] - wanted[i]));
    largest = std::max<double>(largest, std::abs(wanted[i]));
  }
  EXPECT_LE(difference, limit * largest);
}

TEST(QuantizedOperators, ComputeWithIntegersWhatTheyStandFor) {
  for (const Case& given : kCases) {
    expect_close(given, kActivations, [](quantize::Writer& to, const litert::Operator& op, const Quantized& integers) {
      const auto written = quantize::write_quantized(to, op, quantize::kernel_of(op.code)->weights, integers);
      ASSERT_TRUE(written.ok()) << written.error().to_string();
      EXPECT_TRUE(*written);
    });
  }
}

TEST(QuantizedOperators, ComputeInFloatsWhereOnlyTheWeightsAreIntegers) {
  for (const Case& given : kCases) {
    if (given.scales != Shape(given.scales.size(), 1) && given.values[0] == 8 && given.scales.back() == 2)
      continue;  // no DEQUANTIZE of blocks
    expect_close(given, kFloats, [](quantize::Writer& to, const litert::Operator& op, const Quantized& integers) {
      const auto written = quantize::write_weight_only(to, op, quantize::kernel_of(op.code)->weights, integers);
      ASSERT_TRUE(written.ok()) << written.error().to_string();
    });
  }
}

TEST(QuantizedOperators, HaveACaseForEveryKernel) {
  for (const quantize::Kernel& kernel : quantize::kernels()) {
    const std::string call = std::string(EnumNameBuiltinOperator(kernel.op)) + "(";
    EXPECT_TRUE(std::ranges::any_of(kCases, [&](const Case& given) {
      return std::string(given.text).find("= " + call) != std::string::npos;
    })) << call;
  }
}

}  // namespace
}  // namespace kelt::pipeline
