// Files of other tools that are quantized in every way keep what they compute through each pass, and their scales stay whole.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "litert/compare.h"
#include "litert/quantization.h"
#include "litert/read.h"
#include "optimize/pass.h"
#include "runtime/evaluate.h"
#include "runtime/testing.h"
#include "write/write.h"

namespace kelt::pipeline {
namespace {

namespace fs = std::filesystem;
using litert::Model;
using litert::Subgraph;
using litert::Tensor;
using litert::TensorId;
using runtime::Output;

std::vector<fs::path> quantized_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs")) {
    if (entry.path().extension() == ".tflite") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

const runtime::Runtime& shared_runtime() {
  static const runtime::Runtime runtime = runtime::runtime_for_tests();
  return runtime;
}

Result<std::vector<Array>> evaluate(const Model& model) {
  KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> file, write::write_bytes(model));
  return runtime::evaluate(shared_runtime(), file);
}

// The runtime reads 2-bit weights of a convolution as if they were longer: what comes out is what lies behind them.
bool is_repeatable(const fs::path& path) { return path.filename() != "pw_dyn_wi2.tflite"; }

// The outputs for inputs that are drawn from a fixed seed: floats in [-1, 1], integers of any value. Unknown dims are 3.
Result<std::vector<Output>> outputs_of(const Model& model) {
  KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> file, write::write_bytes(model));
  KELT_ASSIGN_OR_RETURN(runtime::CompiledModel compiled, shared_runtime().open(file));
  KELT_ASSIGN_OR_RETURN(const runtime::SignatureInfo* signature, compiled.signature({}));
  std::mt19937 random(7);
  std::uniform_real_distribution<float> unit(-1, 1);
  std::vector<std::vector<std::byte>> kept;
  std::vector<runtime::Input> given;
  for (const runtime::TensorInfo& input : signature->inputs) {
    Array drawn{input.dtype, input.shape, nullptr};
    for (int64_t& length : drawn.shape) length = length < 0 ? 3 : length;
    std::vector<std::byte>& bytes = kept.emplace_back(drawn.bytes());
    if (input.dtype == DType::kFloat32) {
      std::vector<float> values(drawn.count());
      for (float& value : values) value = unit(random);
      std::ranges::copy(std::as_bytes(std::span(values)), bytes.begin());
    } else {
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    }
    given.push_back({.name = input.name, .dtype = input.dtype, .shape = drawn.shape, .bytes = bytes});
  }
  return compiled.run(signature->key, given);
}

void expect_equal(const std::vector<Output>& got, const std::vector<Output>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].shape, wanted[i].shape);
    EXPECT_EQ(got[i].dtype, wanted[i].dtype);
    EXPECT_TRUE(got[i].bytes == wanted[i].bytes) << wanted[i].name << " has other values";
  }
}

// Scales for every channel of the axis, and for every block.
void expect_whole_scales(const Model& model) {
  for (const Subgraph& subgraph : model.subgraphs) {
    for (const Tensor& tensor : subgraph.tensors) {
      const litert::Quantization& quantization = tensor.quantization;
      const size_t channels = quantization.scale.size();
      if (channels > 1) {
        EXPECT_EQ(tensor.dims.at(static_cast<size_t>(quantization.quantized_dimension)), Dim(static_cast<int64_t>(channels)))
            << tensor.name;
        const size_t zeros = quantization.zero_point.size();
        EXPECT_TRUE(zeros <= 1 || zeros == channels) << tensor.name;
      }
      const auto* blocks = quantization.details.AsBlockwiseQuantization();
      if (blocks == nullptr) continue;
      const Tensor& scales = subgraph.tensors.at(static_cast<size_t>(blocks->scales));
      ASSERT_TRUE(scales.constant && is_float(scales.constant->dtype)) << tensor.name;
      EXPECT_EQ(scales.constant->count() * static_cast<size_t>(blocks->block_size), tensor.constant->count()) << tensor.name;
    }
  }
}

TEST(QuantizedFiles, ComputeTheSameAfterEachPassAndAfterAll) {
  for (const fs::path& path : quantized_files()) {
    SCOPED_TRACE(path.filename().string());
    const Result<Model> file = litert::read_model(path);
    ASSERT_TRUE(file.ok()) << file.error().to_string();
    const Result<std::vector<Output>> before = outputs_of(*file);
    ASSERT_TRUE(before.ok()) << before.error().to_string();
    const auto check = [&](std::string_view name, const auto& rewrite) {
      SCOPED_TRACE(name);
      Model model = *file;
      const auto done = rewrite(model);
      ASSERT_TRUE(done.ok()) << done.error().to_string();
      expect_whole_scales(model);
      if (litert::differences(*file, model)->empty()) return;
      const Result<std::vector<Output>> after = outputs_of(model);
      ASSERT_TRUE(after.ok()) << after.error().to_string();
      expect_equal(*after, *before);
    };
    for (const optimize::Step& step : optimize::pipeline()) {
      check(step.name, [&](Model& model) { return step.pass(model, {.evaluate = evaluate}); });
    }
    check("all", [&](Model& model) { return optimize::run_pipeline(model, {.evaluate = evaluate}); });
  }
}

// The model with each quantized weight of two axes or more made by a TRANSPOSE and a RESHAPE of another, and its float inputs
// passed through two TRANSPOSEs that undo each other.
class Relayout {
 public:
  explicit Relayout(Subgraph& subgraph) : subgraph_(subgraph) {}

  int weights() {
    const auto count = static_cast<TensorId>(subgraph_.tensors.size());
    int moved_weights = 0;
    for (TensorId id = 0; id < count; ++id) {
      const std::optional<Array> weight = at(id).constant;
      const size_t rank = at(id).dims.size();
      if (!weight || rank < 2 || at(id).quantization.scale.empty() || weight->dtype != litert::to_dtype(at(id).type)) continue;
      std::vector<int32_t> reversed(rank);
      for (size_t i = 0; i < rank; ++i) reversed[i] = static_cast<int32_t>(rank - 1 - i);
      const Array turned = transpose(*weight, std::vector<int>(reversed.begin(), reversed.end()));
      Shape flat = {1, 1};
      std::ranges::copy(turned.shape, std::back_inserter(flat));
      const litert::Quantization moved = *litert::transposed(at(id).quantization, reversed);
      const TensorId source = add(id, reshape(turned, flat), *litert::reshaped(moved, turned.shape, flat));
      const TensorId middle = add(id, turned, moved);
      at(middle).constant.reset();
      at(id).constant.reset();
      front_.push_back(
          move(litert::BuiltinOperator::RESHAPE, source, std::vector<int32_t>(turned.shape.begin(), turned.shape.end()), middle));
      front_.push_back(move(litert::BuiltinOperator::TRANSPOSE, middle, reversed, id));
      ++moved_weights;
    }
    return moved_weights;
  }

  void input() {
    const TensorId x = subgraph_.inputs[0];
    const auto rank = static_cast<int32_t>(at(x).dims.size());
    std::vector<int32_t> reversed(static_cast<size_t>(rank));
    for (int32_t i = 0; i < rank; ++i) reversed[static_cast<size_t>(i)] = rank - 1 - i;
    const TensorId turned = copy(x);
    std::ranges::reverse(at(turned).dims);
    const TensorId back = copy(x);
    for (litert::Operator& op : subgraph_.operators) std::ranges::replace(op.inputs, x, back);
    front_.push_back(move(litert::BuiltinOperator::TRANSPOSE, x, reversed, turned));
    front_.push_back(move(litert::BuiltinOperator::TRANSPOSE, turned, reversed, back));
  }

  void finish() && { subgraph_.operators.insert(subgraph_.operators.begin(), front_.begin(), front_.end()); }

 private:
  Tensor& at(TensorId id) { return subgraph_.tensors[static_cast<size_t>(id)]; }
  TensorId copy(TensorId id) {
    subgraph_.tensors.push_back(Tensor(at(id)));
    return static_cast<TensorId>(subgraph_.tensors.size() - 1);
  }
  TensorId add(TensorId like, Array values, litert::Quantization quantization) {
    const TensorId id = copy(like);
    at(id).dims.assign(values.shape.begin(), values.shape.end());
    at(id).constant = std::move(values);
    at(id).quantization = std::move(quantization);
    return id;
  }
  litert::Operator move(litert::BuiltinOperator code, TensorId from, const std::vector<int32_t>& numbers, TensorId to) {
    Tensor operand{.name = "operand", .type = litert::TensorType::INT32, .dims = {static_cast<int64_t>(numbers.size())}};
    operand.constant = array_from<int32_t>({static_cast<int64_t>(numbers.size())}, numbers);
    subgraph_.tensors.push_back(std::move(operand));
    return {.code = code, .inputs = {from, static_cast<TensorId>(subgraph_.tensors.size() - 1)}, .outputs = {to}};
  }

  Subgraph& subgraph_;
  std::vector<litert::Operator> front_;
};

TEST(QuantizedFiles, ComputeTheSameWhenTheirWeightsAndInputsComeThroughOtherLayouts) {
  int moved_weights = 0;
  for (const fs::path& path : quantized_files()) {
    if (!is_repeatable(path)) continue;
    SCOPED_TRACE(path.filename().string());
    const Model file = *litert::read_model(path);
    Model model = file;
    Relayout relayout(model.subgraphs[0]);
    moved_weights += relayout.weights();
    relayout.input();
    std::move(relayout).finish();
    ASSERT_TRUE(optimize::run_pipeline(model, {.evaluate = evaluate}).ok());
    expect_whole_scales(model);
    EXPECT_LE(model.subgraphs[0].operators.size(), file.subgraphs[0].operators.size());
    const Result<std::vector<Output>> before = outputs_of(file);
    const Result<std::vector<Output>> after = outputs_of(model);
    ASSERT_TRUE(before.ok() && after.ok()) << (after.ok() ? "" : after.error().to_string());
    expect_equal(*after, *before);
  }
  EXPECT_GE(moved_weights, 40);
}

}  // namespace
}  // namespace kelt::pipeline
