// Every line of quantize/integer_ops.cc is run: XNNPACK takes what the line says, and the integers are those of the same operator in
// floats.

#include "quantize/integer_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "litert/op_info.h"
#include "litert/op_versions.h"
#include "litert/testing.h"
#include "runtime/testing.h"
#include "write/write.h"

namespace kelt::pipeline {
namespace {

using litert::BuiltinOperator;
using litert::Model;
using litert::Tensor;
using litert::TensorType;
using quantize::Runs;

// `body` reads x, of `shape`. T stands for the type of activations, W and B for those of weights and bias.
struct Example {
  std::string shape;
  std::string body;
  bool positive = false;
  double steps16 = 2;  // how many of its steps a 16-bit result may be off: some kernels look up a table
};

std::vector<Example> with_weights() {
  const std::string conv = "{stride_w: 1, stride_h: 1, dilation_w_factor: 1, dilation_h_factor: 1";
  return {
      {"3,32", "y: T[3,8] = FULLY_CONNECTED(x, @w: W[8,32], @b: B[8]) {keep_num_dims: true}"},
      {"1,6,6,4", "y: T[1,6,6,8] = CONV_2D(x, @w: W[8,3,3,4], @b: B[8]) " + conv + "}"},
      {"1,6,6,8", "y: T[1,6,6,8] = DEPTHWISE_CONV_2D(x, @w: W[1,3,3,8], @b: B[8]) " + conv + ", depth_multiplier: 1}"},
      {"1,6,6,4", "y: T[1,12,12,8] = TRANSPOSE_CONV(const i32[4] [1,12,12,8], @w: W[8,3,3,4], x) {stride_w: 2, stride_h: 2}"},
      {"2,3,16", "y: T[2,3,8] = BATCH_MATMUL(x, @w: W[2,16,8])"},
  };
}

std::vector<Example> arithmetic() {
  std::vector<Example> all = {
      {"2,3,8", "y: T[2,3,8] = DIV(x, @c: T[1,1,1])"},       {"2,3,8", "y: T[2,3,8] = GELU(x)", false, 64},
      {"2,3,8", "y: T[2,3,8] = SOFTMAX(x) {beta: 1}"},       {"2,3,8", "y: T[2,3,8] = LEAKY_RELU(x) {alpha: 0.2}"},
      {"1,4,4,8", "y: T[1,4,4,8] = PRELU(x, @c: T[1,1,8])"},
  };
  const auto each = [&](std::initializer_list<const char*> ops, const std::string& shape, const std::string& result,
                        const std::string& operands, bool positive = false, double steps16 = 2) {
    for (const char* op : ops) all.push_back({shape, "y: T[" + result + "] = " + op + operands, positive, steps16});
  };
  each({"MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"}, "2,3,8", "2,3,8", "(x, @c: T[8])");
  each({"ADD", "SUB"}, "2,3,8", "2,3,8", "(x, @c: T[8]) {pot_scale_int16: false}");  // else scales that are powers of two are rejected
  each({"MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"}, "1,6,6,8", "1,1,1,8", "(x, const i32[2] [1,2]) {keep_dims: true}");
  each({"ELU", "RELU", "RELU6", "HARD_SWISH", "ABS", "LOGISTIC", "TANH", "LOG_SOFTMAX", "L2_NORMALIZATION", "EXP"}, "2,3,8", "2,3,8", "(x)",
       false, 4);
  each({"LOG", "SQRT", "RSQRT"}, "2,3,8", "2,3,8", "(x)", true, 256);
  each({"AVERAGE_POOL_2D", "MAX_POOL_2D"}, "1,8,8,8", "1,4,4,8", "(x) {stride_w: 2, stride_h: 2, filter_width: 2, filter_height: 2}");
  each({"RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"}, "1,4,4,8", "1,8,8,8", "(x, const i32[2] [8,8])");
  return all;
}

std::vector<Example> movement() {
  return {
      {"2,8", "y: T[2,12] = CONCATENATION(x, @c: T[2,4]) {axis: 1}"},
      {"2,8", "y: T[2,4], z: T[2,4] = SPLIT(const i32[] 1, x) {num_splits: 2}"},
      {"2,8", "y: T[2,5], z: T[2,3] = SPLIT_V(x, const i32[2] [5,3], const i32[] 1) {num_splits: 2}"},
      {"2,8", "y: T[2,2,8] = PACK(x, @c: T[2,8]) {axis: 1, values_count: 2}"},
      {"2,2,8", "y: T[2,8], z: T[2,8] = UNPACK(x) {axis: 1, num: 2}"},
      {"2,6,8", "y: T[2,3,4] = SLICE(x, const i32[3] [0,1,2], const i32[3] [2,3,4])"},
      {"2,6,8", "y: T[2,3,4] = STRIDED_SLICE(x, const i32[3] [0,1,2], const i32[3] [2,4,6], const i32[3] [1,1,1])"},
      {"6,8", "y: T[3,8] = GATHER(x, const i32[3] [1,5,2])"},
      {"6,8", "y: T[3,8] = GATHER_ND(x, const i32[3,1] [1,5,2])"},
      {"2,12", "y: T[4,6] = RESHAPE(x, const i32[2] [4,6])"},
      {"2,8", "y: T[2,1,8] = EXPAND_DIMS(x, const i32[] 1)"},
      {"2,1,8", "y: T[2,8] = SQUEEZE(x) {squeeze_dims: [1]}"},
      {"2,3,4", "y: T[4,2,3] = TRANSPOSE(x, const i32[3] [2,0,1])"},
      {"1,4,4,8", "y: T[1,6,7,8] = PAD(x, const i32[4,2] [0,0,1,1,1,2,0,0])"},
      {"1,4,4,8", "y: T[1,6,7,8] = PADV2(x, const i32[4,2] [0,0,1,1,1,2,0,0], @c: T[1])"},
      {"1,4,4,8", "y: T[1,6,7,8] = MIRROR_PAD(x, const i32[4,2] [0,0,1,1,1,2,0,0])"},
      {"2,8", "y: T[4,8] = TILE(x, const i32[2] [2,1])"},
      {"1,8", "y: T[4,8] = BROADCAST_TO(x, const i32[2] [4,8])"},
      {"2,8", "y: T[2,8] = REVERSE_V2(x, const i32[1] [1])"},
      {"2,8", "y: T[2,8] = SELECT_V2(const bool[2,1] [1,0], x, @c: T[2,8])"},
      {"1,4,4,8", "y: T[1,8,8,2] = DEPTH_TO_SPACE(x) {block_size: 2}"},
      {"1,4,4,8", "y: T[1,2,2,32] = SPACE_TO_DEPTH(x) {block_size: 2}"},
      {"4,2,2,8", "y: T[1,4,4,8] = BATCH_TO_SPACE_ND(x, const i32[2] [2,2], const i32[2,2] [0,0,0,0])"},
      {"1,4,4,8", "y: T[4,2,2,8] = SPACE_TO_BATCH_ND(x, const i32[2] [2,2], const i32[2,2] [0,0,0,0])"},
  };
}

const std::vector<Example>& examples() {
  static const std::vector<Example> kAll = [] {
    std::vector<Example> all = with_weights();
    for (const auto& part : {arithmetic(), movement()}) all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

TensorType activation_type(int bits) { return bits == 8 ? TensorType::INT8 : TensorType::INT16; }

void set_scale(Tensor& tensor, double scale, int64_t zero) {
  tensor.quantization.scale = {static_cast<float>(scale)};
  tensor.quantization.zero_point = {zero};
}

// The example in integers, its scales by the operator's line.
Model integer_model(const Example& example, int bits) {
  const std::string types =
      replaced(replaced(replaced(example.body, "T[", bits == 8 ? "i8[" : "i16["), "W[", "i8["), "B[", bits == 8 ? "i32[" : "i64[");
  const std::string outputs = types.find("z: ") == std::string::npos ? "y" : "y, z";
  Model model =
      litert::model_of("fn (x: " + std::string(bits == 8 ? "i8[" : "i16[") + example.shape + "]) { " + types + " } -> (" + outputs + ")");
  litert::Subgraph& graph = model.subgraphs[0];
  const quantize::IntegerOp line = *quantize::integer_op(graph.operators[0].code);
  const double unit = bits == 8 ? 1.0 / 32 : 1.0 / 8192;
  for (Tensor& tensor : graph.tensors) {
    const bool result = tensor.name == "y" || tensor.name == "z";
    if (tensor.name == "w") {
      set_scale(tensor, 1.0 / 1024, 0);
    } else if (tensor.name == "b") {
      set_scale(tensor, unit / 1024, 0);
    } else if (result && line.scales == quantize::Scales::kFixed) {
      const quantize::FixedScale fixed = bits == 8 ? line.fixed8 : line.fixed16;
      set_scale(tensor, static_cast<double>(fixed.scale), fixed.zero_point);
    } else if (tensor.type == activation_type(bits)) {
      const bool own = result && line.scales == quantize::Scales::kFree;
      set_scale(tensor, own ? unit * 2 : unit, bits == 16 ? 0 : own ? -5 : 3);
    }
  }
  return model;
}

std::vector<float> real(const Tensor& tensor, const std::vector<int64_t>& integers) {
  std::vector<float> values(integers.size());
  const double scale = static_cast<double>(tensor.quantization.scale[0]);
  const auto zero = static_cast<double>(tensor.quantization.zero_point[0]);
  std::ranges::transform(integers, values.begin(),
                         [&](int64_t each) { return static_cast<float>((static_cast<double>(each) - zero) * scale); });
  return values;
}

// The same on floats: what the integers stand for.
Model float_model(Model model) {
  for (Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.quantization.scale.empty()) continue;
    if (tensor.constant) {
      const auto integers = read_as<int64_t>(*tensor.constant);
      tensor.constant = array_from<float>(tensor.constant->shape, real(tensor, *integers));
    }
    tensor.type = TensorType::FLOAT32;
    tensor.quantization = {};
  }
  return model;
}

struct Outcome {
  std::vector<std::vector<int64_t>> integers;
  std::vector<std::vector<float>> floats;
  bool delegated = false;
};

Result<Outcome> run(Model model, const Array& x, runtime::Kernels kernels) {
  litert::set_versions(model);
  KELT_ASSIGN_OR_RETURN(const auto file, write::write_bytes(model));
  static const runtime::Runtime runtime = runtime::runtime_for_tests();
  KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, runtime.open(file, {.kernels = kernels}));
  KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes, read_all(x));
  const std::vector<runtime::Input> inputs = {{.name = "x", .dtype = x.dtype, .shape = x.shape, .bytes = bytes}};
  KELT_ASSIGN_OR_RETURN(const std::vector<runtime::Output> outputs, compiled.run("", inputs));
  Outcome outcome;
  for (const runtime::Output& output : outputs) {
    const auto fill = [&]<typename T>(T) {
      const std::vector<T> values = runtime::values_of<T>(output);
      outcome.integers.emplace_back(values.begin(), values.end());
    };
    if (output.dtype == DType::kInt8) fill(int8_t{});
    if (output.dtype == DType::kInt16) fill(int16_t{});
    if (output.dtype == DType::kFloat32) outcome.floats.push_back(runtime::values_of<float>(output));
  }
  KELT_ASSIGN_OR_RETURN(outcome.delegated, compiled.fully_delegated());
  return outcome;
}

double farthest(const std::vector<float>& floats, const std::vector<int64_t>& integers, const Tensor& tensor, int bits) {
  const double half = std::ldexp(1.0, bits - 1);
  double most = integers.size() == floats.size() ? 0 : half;
  for (size_t i = 0; i < std::min(integers.size(), floats.size()); ++i) {
    const double exact = static_cast<double>(floats[i]) / static_cast<double>(tensor.quantization.scale[0]) +
                         static_cast<double>(tensor.quantization.zero_point[0]);
    const double wanted = std::clamp(std::nearbyint(exact), -half, half - 1);
    most = std::max(most, std::abs(static_cast<double>(integers[i]) - wanted));
  }
  return most;
}

void expect_as_the_line_says(const Example& example, int bits) {
  SCOPED_TRACE(example.body + " in " + std::to_string(bits) + " bits");
  const Model integers = integer_model(example, bits);
  const litert::Subgraph& graph = integers.subgraphs[0];
  const Tensor& x = graph.tensors[static_cast<size_t>(graph.inputs[0])];
  const quantize::IntegerOp& line = *quantize::integer_op(graph.operators[0].code);
  const Runs runs = bits == 8 ? line.int8 : line.int16;
  const Shape shape = *static_dims(x.dims);
  std::mt19937 random(7);
  const int64_t half = int64_t{1} << (bits - 1);
  std::uniform_int_distribution<int64_t> integer(example.positive ? x.quantization.zero_point[0] + half / 16 : -half, half - 1);
  std::vector<int64_t> drawn(Array{DType::kInt8, shape, nullptr}.count());
  for (int64_t& each : drawn) each = integer(random);
  const Array given = cast(array_from<int64_t>(shape, drawn), bits == 8 ? DType::kInt8 : DType::kInt16);

  const auto got = run(integers, given, runtime::Kernels::kDelegate);
  const auto wanted = run(float_model(integers), array_from<float>(shape, real(x, drawn)), runtime::Kernels::kBuiltin);
  ASSERT_TRUE(wanted.ok()) << wanted.error().to_string();
  double steps = got.ok() ? 0 : static_cast<double>(half);
  for (size_t i = 0; got.ok() && i < wanted->floats.size(); ++i) {
    const Tensor& output = graph.tensors[static_cast<size_t>(graph.outputs[i])];
    steps = std::max(steps, farthest(wanted->floats[i], got->integers[i], output, bits));
  }
  const bool right = got.ok() && steps <= (bits == 8 ? 1 : example.steps16);
  EXPECT_EQ(right, runs != Runs::kNot) << (got.ok() ? std::to_string(steps) + " steps off" : got.error().to_string());
  if (right) {
    EXPECT_EQ(got->delegated, runs == Runs::kDelegated);
  }
  if (bits == 8) {
    EXPECT_EQ(quantize::delegated_in_int8(float_model(integers).subgraphs[0].operators[0], graph), runs == Runs::kDelegated);
  }
}

TEST(IntegerOps, RunInEightBitsAsTheirLinesSay) {
  for (const Example& example : examples()) expect_as_the_line_says(example, 8);
}

TEST(IntegerOps, RunInSixteenBitsAsTheirLinesSay) {
  for (const Example& example : examples()) expect_as_the_line_says(example, 16);
}

TEST(IntegerOps, HaveAnExampleForEveryLine) {
  for (const quantize::IntegerOp& line : quantize::integer_ops()) {
    const std::string call = "= " + litert::op_name(line.op) + "(";
    EXPECT_TRUE(std::ranges::any_of(examples(), [&](const Example& each) { return each.body.find(call) != std::string::npos; })) << call;
  }
}

}  // namespace
}  // namespace kelt::pipeline
