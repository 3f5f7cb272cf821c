// Read → write → read: nothing of a file is lost, whoever wrote it.

#include <gtest/gtest.h>

#include <filesystem>

#include "litert/compare.h"
#include "litert/read.h"
#include "litert/read_testing.h"
#include "write/write.h"

namespace kelt::write {
namespace {

void expect_same_again(const litert::Model& model, const std::string& name) {
  const Result<std::vector<std::byte>> bytes = write_bytes(model);
  ASSERT_TRUE(bytes.ok()) << name << ": " << bytes.error().to_string();
  const Result<litert::Model> again = litert::read_model(std::span(*bytes));
  ASSERT_TRUE(again.ok()) << name << ": " << again.error().to_string();
  const Result<std::vector<std::string>> found = litert::differences(model, *again);
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_EQ(*found, std::vector<std::string>()) << name;
  const Result<std::vector<std::byte>> rewritten = write_bytes(*again);
  ASSERT_TRUE(rewritten.ok());
  EXPECT_TRUE(*bytes == *rewritten) << name << ": the second writing gives other bytes";
}

TEST(RoundTrip, KeepsTheFilesOfOtherConverters) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs")) {
    if (entry.path().extension() != ".tflite") continue;
    Result<litert::Model> model = litert::read_model(entry.path());
    ASSERT_TRUE(model.ok()) << model.error().to_string();
    expect_same_again(*model, entry.path().string());
    ++files;
  }
  EXPECT_GE(files, 80);
}

TEST(RoundTrip, KeepsWhatKeltItselfNeverWrites) {
  tflite::ModelT packed = litert::testing::add_model();
  packed.description = "other";
  packed.metadata_buffer = {1};
  packed.metadata.push_back(std::make_unique<tflite::MetadataT>());
  packed.metadata[0]->name = "min_runtime_version";
  packed.metadata[0]->buffer = 1;
  packed.external_buffer_groups.push_back(std::make_unique<tflite::ExternalBufferGroupT>());
  packed.external_buffer_groups[0]->name = "weights.bin";
  packed.external_buffers.push_back(std::make_unique<tflite::ExternalBufferT>());
  packed.external_buffers[0]->id = 5;
  packed.external_buffers[0]->packing = "none";
  packed.subgraphs[0]->debug_metadata_index = 2;
  packed.subgraphs.push_back(std::make_unique<tflite::SubGraphT>());
  packed.subgraphs[1]->name = "body";
  tflite::TensorT& x = *packed.subgraphs[0]->tensors[0];
  x.is_variable = true;
  x.has_rank = true;
  x.external_buffer = 5;
  x.sparsity = std::make_unique<tflite::SparsityParametersT>();
  x.sparsity->traversal_order = {1, 0};
  x.sparsity->dim_metadata.push_back(std::make_unique<tflite::DimensionMetadataT>());
  tflite::Uint8VectorT segments;
  segments.values = {0, 1};
  x.sparsity->dim_metadata[0]->array_segments.Set(segments);
  x.variant_tensors.push_back(std::make_unique<tflite::VariantSubTypeT>());
  x.variant_tensors[0]->shape = {3};
  x.quantization = std::make_unique<tflite::QuantizationParametersT>();
  tflite::BlockwiseQuantizationT blocks;
  blocks.scales = 1;
  blocks.zero_points = -1;
  blocks.block_size = 32;
  x.quantization->details.Set(blocks);
  packed.operator_codes[0]->builtin_code = litert::BuiltinOperator::STABLEHLO_COMPOSITE;
  packed.operator_codes[0]->version = 3;
  tflite::OperatorT& op = *packed.subgraphs[0]->operators[0];
  op.builtin_options.Reset();
  tflite::StableHLOCompositeOptionsT composite;
  composite.name = "odml.f";
  composite.decomposition_subgraph_index = 1;
  composite.composite_attributes = {1, 2, 3};
  op.builtin_options2.Set(composite);
  op.custom_options = {9, 8};
  op.mutating_variable_inputs = {true, false};
  op.intermediates = {2};
  op.debug_metadata_index = 9;
  packed.signature_defs.push_back(std::make_unique<tflite::SignatureDefT>());
  packed.signature_defs[0]->signature_key = "serve";
  packed.signature_defs[0]->inputs.push_back(std::make_unique<tflite::TensorMapT>());
  packed.signature_defs[0]->inputs[0]->name = "in";
  const std::vector<std::byte> file = litert::testing::pack(packed);
  const Result<litert::Model> model = litert::read_model(std::span(file));
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  expect_same_again(*model, "made up");
}

TEST(RoundTrip, RejectsWhatTheSchemaDoesNotHave) {
  const std::vector<std::byte> file = litert::testing::pack(litert::testing::add_model());
  Result<litert::Model> model = litert::read_model(std::span(file));
  ASSERT_TRUE(model.ok());
  model->unknown_fields = {"model: field 40 of tflite.Model"};
  const Result<std::vector<std::byte>> bytes = write_bytes(*model);
  ASSERT_FALSE(bytes.ok());
  EXPECT_NE(bytes.error().to_string().find("field 40"), std::string::npos) << bytes.error().to_string();
}

}  // namespace
}  // namespace kelt::write
