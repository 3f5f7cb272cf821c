#include "litert/read.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "litert/compare.h"
#include "litert/read_testing.h"
#include "litert/text.h"

namespace kelt::litert {
namespace {

namespace fs = std::filesystem;
using testing::add_model;
using testing::pack;

Model read(const std::vector<std::byte>& bytes) {
  Result<Model> model = read_model(std::span(bytes));
  EXPECT_TRUE(model.ok()) << model.error().to_string();
  return model.ok() ? *std::move(model) : Model();
}

std::vector<fs::path> reference_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs")) {
    if (entry.path().extension() == ".tflite") files.push_back(entry.path());
  }
  return files;
}

std::vector<std::byte> content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(ReadModel, ReadsTensorsOperatorsAndConstants) {
  const std::vector<std::byte> file = pack(add_model());
  const Model model = read(file);
  ASSERT_EQ(model.subgraphs.size(), 1U);
  const Subgraph& graph = model.subgraphs[0];
  ASSERT_EQ(graph.tensors.size(), 3U);
  EXPECT_TRUE(graph.tensors[0].dims[0].is_unknown()) << "-1 in the signature";
  EXPECT_EQ(graph.tensors[0].dims[1], Dim(2));
  EXPECT_FALSE(graph.tensors[0].constant);
  ASSERT_TRUE(graph.tensors[1].constant);
  EXPECT_EQ(*read_as<float>(*graph.tensors[1].constant), (std::vector<float>{1.5F, -2.0F}));
  EXPECT_EQ(graph.operators[0].code, BuiltinOperator::ADD);
  EXPECT_NE(graph.operators[0].options.AsAddOptions(), nullptr);
}

TEST(ReadModel, TakesConstantsFromBehindTheFlatbuffer) {
  tflite::ModelT packed = add_model();
  EXPECT_FALSE(read(pack(packed)).constants_outside);
  packed.buffers[1]->data.clear();
  packed.buffers[1]->offset = 4096;
  packed.buffers[1]->size = 8;
  std::vector<std::byte> file = pack(packed);
  file.resize(4096 + 8);
  const float values[] = {3, 4};
  std::memcpy(file.data() + 4096, values, sizeof values);
  EXPECT_EQ(*read_as<float>(*read(file).subgraphs[0].tensors[1].constant), (std::vector<float>{3, 4}));
  EXPECT_TRUE(read(file).constants_outside);
}

TEST(ReadModel, KnowsTheOperatorCodesOfOldFiles) {
  tflite::ModelT packed = add_model();
  packed.operator_codes[0]->builtin_code = BuiltinOperator::ADD;
  packed.operator_codes[0]->deprecated_builtin_code = static_cast<int8_t>(BuiltinOperator::MUL);
  EXPECT_EQ(read(pack(packed)).subgraphs[0].operators[0].code, BuiltinOperator::MUL);
}

TEST(ReadModel, TakesCustomOptionsFromInsideAndFromBehind) {
  tflite::ModelT packed = add_model();
  packed.operator_codes[0]->builtin_code = BuiltinOperator::CUSTOM;
  packed.operator_codes[0]->custom_code = "Twice";
  tflite::OperatorT& op = *packed.subgraphs[0]->operators[0];
  op.builtin_options.Reset();
  op.custom_options = {1, 2, 3};
  Model model = read(pack(packed));
  EXPECT_EQ(model.subgraphs[0].operators[0].custom_code, "Twice");
  EXPECT_EQ(model.subgraphs[0].operators[0].custom_options, (std::vector<uint8_t>{1, 2, 3}));

  op.custom_options.clear();
  op.large_custom_options_offset = 2048;
  op.large_custom_options_size = 2;
  std::vector<std::byte> file = pack(packed);
  file.resize(2048);
  file.insert(file.end(), {std::byte{7}, std::byte{8}});
  EXPECT_EQ(read(file).subgraphs[0].operators[0].custom_options, (std::vector<uint8_t>{7, 8}));
}

TEST(ReadModel, CarriesWhatKeltItselfNeverWrites) {
  tflite::ModelT packed = add_model();
  packed.description = "other";
  packed.metadata_buffer = {1};
  packed.external_buffer_groups.push_back(std::make_unique<tflite::ExternalBufferGroupT>());
  packed.external_buffer_groups[0]->name = "weights.bin";
  packed.external_buffers.push_back(std::make_unique<tflite::ExternalBufferT>());
  packed.external_buffers[0]->id = 5;
  packed.subgraphs[0]->debug_metadata_index = 2;
  tflite::TensorT& x = *packed.subgraphs[0]->tensors[0];
  x.is_variable = true;
  x.has_rank = true;
  x.external_buffer = 5;
  x.sparsity = std::make_unique<tflite::SparsityParametersT>();
  x.sparsity->traversal_order = {1, 0};
  x.variant_tensors.push_back(std::make_unique<tflite::VariantSubTypeT>());
  tflite::OperatorT& op = *packed.subgraphs[0]->operators[0];
  op.mutating_variable_inputs = {true, false};
  op.intermediates = {2};
  op.debug_metadata_index = 9;
  const std::vector<std::byte> file = pack(packed);
  const Model model = read(file);
  EXPECT_EQ(model.metadata_buffers.size(), 1U);
  EXPECT_EQ(model.external_buffers[0].id, 5U);
  const Tensor& tensor = model.subgraphs[0].tensors[0];
  EXPECT_TRUE(tensor.is_variable && tensor.has_rank && tensor.sparsity && tensor.variant_tensors.size() == 1);
  EXPECT_EQ(tensor.external_buffer, 5U);
  EXPECT_EQ(model.subgraphs[0].debug_metadata_index, 2);
  EXPECT_EQ(model.subgraphs[0].operators[0].mutating_variable_inputs, (std::vector<bool>{true, false}));
  EXPECT_EQ(model.subgraphs[0].operators[0].debug_metadata_index, 9);
}

TEST(ReadModel, HoldsConstantsWithoutValuesOfAFixedSizeAsBytes) {
  tflite::ModelT packed = add_model();
  packed.subgraphs[0]->tensors[1]->type = TensorType::STRING;
  Model model = read(pack(packed));
  EXPECT_EQ(model.subgraphs[0].tensors[1].constant->dtype, DType::kUInt8);
  EXPECT_EQ(model.subgraphs[0].tensors[1].constant->bytes(), 8U);

  packed.subgraphs[0]->tensors[1]->type = TensorType::INT2;
  packed.subgraphs[0]->tensors[1]->shape = {31};  // four to a byte
  model = read(pack(packed));
  EXPECT_EQ(model.subgraphs[0].tensors[1].type, TensorType::INT2);
  EXPECT_EQ(model.subgraphs[0].tensors[1].constant->bytes(), 8U);
}

TEST(ReadModel, TakesAnEmptyTensorThatNothingWritesForAConstant) {
  tflite::ModelT packed = add_model();
  packed.buffers[1]->data.clear();
  packed.subgraphs[0]->tensors[1]->shape = {0};
  const Model model = read(pack(packed));
  ASSERT_TRUE(model.subgraphs[0].tensors[1].constant);
  EXPECT_EQ(model.subgraphs[0].tensors[1].constant->bytes(), 0U);
}

TEST(ReadModel, ListsFieldsThatTheSchemaDoesNotHave) {
  flatbuffers::FlatBufferBuilder builder;
  const std::vector<flatbuffers::Offset<tflite::SubGraph>> none;
  const auto subgraphs = builder.CreateVector(none);
  tflite::ModelBuilder root(builder);
  root.add_version(3);
  root.add_subgraphs(subgraphs);
  builder.AddElement<int32_t>(4 + 2 * 40, 7, 0);  // slot 40
  tflite::FinishModelBuffer(builder, root.Finish());
  EXPECT_EQ(read(testing::bytes_of(builder)).unknown_fields, (std::vector<std::string>{"model: field 40 of tflite.Model"}));
}

TEST(ReadModel, ListsOptionsOfAKindThatTheSchemaDoesNotHave) {
  std::vector<std::byte> file = pack(add_model());
  const tflite::Operator* const op = tflite::GetModel(file.data())->subgraphs()->Get(0)->operators()->Get(0);
  const uint8_t* const kind = reinterpret_cast<const flatbuffers::Table*>(op)->GetAddressOf(tflite::Operator::VT_BUILTIN_OPTIONS_TYPE);
  file[static_cast<size_t>(reinterpret_cast<const std::byte*>(kind) - file.data())] = std::byte{250};
  const Model model = read(file);
  ASSERT_EQ(model.unknown_fields.size(), 1U);
  EXPECT_EQ(model.unknown_fields[0], "model.subgraphs[0].operators[0].builtin_options: a table of unknown kind 250");
  EXPECT_EQ(model.subgraphs[0].operators[0].options.type, tflite::BuiltinOptions::NONE);
}

struct Hostile {
  std::string says;
  std::function<void(tflite::ModelT&)> change;
};

TEST(ReadModel, RejectsIndicesSizesAndShapesThatCannotBe) {
  const std::vector<Hostile> cases = {
      {"schema version", [](auto& m) { m.version = 2; }},
      {"has an input 9", [](auto& m) { m.subgraphs[0]->inputs = {9}; }},
      {"has an output -1", [](auto& m) { m.subgraphs[0]->outputs = {-1}; }},
      {"has an input 3", [](auto& m) { m.subgraphs[0]->operators[0]->inputs = {3}; }},
      {"has an output 3", [](auto& m) { m.subgraphs[0]->operators[0]->outputs = {3}; }},
      {"has a value already", [](auto& m) { m.subgraphs[0]->operators[0]->outputs = {0}; }},
      {"has an intermediate", [](auto& m) { m.subgraphs[0]->operators[0]->intermediates = {70}; }},
      {"operator code 4", [](auto& m) { m.subgraphs[0]->operators[0]->opcode_index = 4; }},
      {"buffer 77", [](auto& m) { m.subgraphs[0]->tensors[1]->buffer = 77; }},
      {"negative length", [](auto& m) { m.subgraphs[0]->tensors[0]->shape = {-7, 2}; }},
      {"of another", [](auto& m) { m.subgraphs[0]->tensors[0]->shape_signature = {-1}; }},
      {"contradict", [](auto& m) { m.subgraphs[0]->tensors[0]->shape_signature = {-1, 3}; }},
      {"holds 8 bytes", [](auto& m) { m.subgraphs[0]->tensors[1]->shape = {3}; }},
      {"larger than any memory", [](auto& m) { m.subgraphs[0]->tensors[1]->shape = {1 << 30, 1 << 30, 1 << 30}; }},
      {"unknown shape", [](auto& m) { m.subgraphs[0]->tensors[1]->shape = {-1}; }},
      {"in a file of", [](auto& m) { m.buffers[1]->data.clear(), m.buffers[1]->offset = 1 << 20, m.buffers[1]->size = 8; }},
      {"in a file of", [](auto& m) { m.buffers[1]->data.clear(), m.buffers[1]->offset = 16, m.buffers[1]->size = ~uint64_t{0} - 7; }},
      {"outside of the file", [](auto& m) { m.subgraphs[0]->operators[0]->large_custom_options_offset = 1 << 20; }},
      {"quantized along axis 5",
       [](auto& m) {
         auto& quantization = m.subgraphs[0]->tensors[1]->quantization = std::make_unique<tflite::QuantizationParametersT>();
         quantization->scale = {1, 2};
         quantization->quantized_dimension = 5;
       }},
      {"has the scales 99",
       [](auto& m) {
         auto& quantization = m.subgraphs[0]->tensors[1]->quantization = std::make_unique<tflite::QuantizationParametersT>();
         tflite::BlockwiseQuantizationT blocks;
         blocks.scales = 99;
         quantization->details.Set(blocks);
       }},
      {"of 1 subgraphs",
       [](auto& m) {
         tflite::WhileOptionsT loop;
         loop.cond_subgraph_index = 6;
         m.subgraphs[0]->operators[0]->builtin_options.Set(loop);
       }},
      {"subgraph_index is 4000000000",
       [](auto& m) {
         m.signature_defs.push_back(std::make_unique<tflite::SignatureDefT>());
         m.signature_defs[0]->signature_key = "s";
         m.signature_defs[0]->subgraph_index = 4000000000;
       }},
      {"signature 's'",
       [](auto& m) {
         m.signature_defs.push_back(std::make_unique<tflite::SignatureDefT>());
         m.signature_defs[0]->signature_key = "s";
         m.signature_defs[0]->inputs.push_back(std::make_unique<tflite::TensorMapT>());
         m.signature_defs[0]->inputs[0]->tensor_index = 4000000000;
       }},
      {"metadata 'm'",
       [](auto& m) {
         m.metadata.push_back(std::make_unique<tflite::MetadataT>());
         m.metadata[0]->name = "m";
         m.metadata[0]->buffer = 3;
       }},
      {"metadata without a name", [](auto& m) { m.metadata_buffer = {-1}; }},
      {"group that is not there", [](auto& m) { m.external_buffers.push_back(std::make_unique<tflite::ExternalBufferT>()); }},
  };
  for (const Hostile& hostile : cases) {
    tflite::ModelT packed = add_model();
    hostile.change(packed);
    const std::vector<std::byte> file = pack(packed);
    const Result<Model> model = read_model(std::span(file));
    ASSERT_FALSE(model.ok()) << hostile.says;
    EXPECT_EQ(model.error().code, Code::kBadModel);
    EXPECT_NE(model.error().what.find(hostile.says), std::string::npos) << hostile.says << " is not in: " << model.error().what;
  }
}

TEST(ReadModel, KeepsOperatorsAndTypesThatTheSchemaDoesNotHave) {
  tflite::ModelT packed = add_model();
  packed.operator_codes[0]->builtin_code = static_cast<BuiltinOperator>(5000);
  packed.subgraphs[0]->tensors[2]->type = static_cast<TensorType>(99);
  const std::string text = to_text(read(pack(packed)));
  EXPECT_NE(text.find("y: type_99[?, 2] = OP_5000(x, @c) AddOptions{}"), std::string::npos) << text;
}

TEST(ReadModel, RejectsAUnionWithoutAValue) {
  flatbuffers::FlatBufferBuilder builder;
  tflite::OperatorBuilder op(builder);
  op.add_builtin_options_type(tflite::BuiltinOptions::AddOptions);
  const std::vector<flatbuffers::Offset<tflite::Operator>> ops = {op.Finish()};
  const std::vector<flatbuffers::Offset<tflite::SubGraph>> graphs = {tflite::CreateSubGraph(builder, 0, 0, 0, builder.CreateVector(ops))};
  tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, 3, 0, builder.CreateVector(graphs)));
  const std::vector<std::byte> file = testing::bytes_of(builder);
  const Result<Model> model = read_model(std::span(file));
  ASSERT_FALSE(model.ok());
  EXPECT_NE(model.error().what.find("a table that is not there"), std::string::npos) << model.error().what;
}

TEST(ReadModel, RejectsASmallFileThatBecomesAHugeModel) {
  flatbuffers::FlatBufferBuilder builder;
  const auto scales = builder.CreateVector(std::vector<float>(1 << 16));
  const auto quantization = tflite::CreateQuantizationParameters(builder, 0, 0, scales);
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors;
  for (int i = 0; i < 4000; ++i) tensors.push_back(tflite::CreateTensor(builder, 0, TensorType::INT8, 0, 0, quantization));
  const std::vector<flatbuffers::Offset<tflite::SubGraph>> graphs = {tflite::CreateSubGraph(builder, builder.CreateVector(tensors))};
  tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, 3, 0, builder.CreateVector(graphs)));
  const std::vector<std::byte> file = testing::bytes_of(builder);
  const Result<Model> model = read_model(std::span(file));
  ASSERT_FALSE(model.ok());
  EXPECT_NE(model.error().what.find("over and over"), std::string::npos) << model.error().what;
}

TEST(ReadModel, RejectsWhatIsNoModelAtAll) {
  for (const std::string text : {"", "TFL3", "a text that is longer than eight bytes", "    TFL3", "\xff\xff\xff\x7fTFL3 and more"}) {
    const auto bytes = std::as_bytes(std::span(text));
    const std::vector<std::byte> file(bytes.begin(), bytes.end());
    const Result<Model> model = read_model(std::span(file));
    ASSERT_FALSE(model.ok()) << text;
    EXPECT_EQ(model.error().code, Code::kBadModel);
  }
  EXPECT_EQ(read_model(fs::path("/nowhere/model.tflite")).error().code, Code::kNotFound);
}

TEST(ReadModel, ReadsTheFilesOfOtherConverters) {
  const std::vector<fs::path> files = reference_files();
  EXPECT_GE(files.size(), 80U);
  for (const fs::path& path : files) {
    const Result<Model> model = read_model(path);
    ASSERT_TRUE(model.ok()) << model.error().to_string();
    EXPECT_TRUE(model->unknown_fields.empty()) << path;
    EXPECT_EQ(model->signatures.size(), 1U) << path;
    EXPECT_FALSE(model->subgraphs.at(0).operators.empty()) << path;
  }
}

TEST(ReadModel, ReadsTheSameFromAFileAndFromMemory) {
  const fs::path path = reference_files().front();
  const std::vector<std::byte> bytes = content(path);
  const Result<std::vector<std::string>> found = differences(*read_model(path), read(bytes));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, std::vector<std::string>());
}

// What a damaged file says does not matter; that reading it, and looking at what was read, ends well does.
void look_at(std::span<const std::byte> damaged) {
  const Result<Model> model = read_model(damaged);
  if (!model.ok()) return;
  EXPECT_EQ(to_text(*model).empty(), model->subgraphs.empty());
}

TEST(ReadModel, SurvivesEveryTruncation) {
  const std::vector<std::byte> file = pack(add_model());
  for (size_t size = 0; size < file.size(); ++size) {
    const std::vector<std::byte> part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    look_at(part);
  }
}

TEST(ReadModel, SurvivesEveryByteChanged) {
  for (const auto value : {std::byte{0}, std::byte{1}, std::byte{0x7f}, std::byte{0x80}, std::byte{0xff}}) {
    std::vector<std::byte> file = pack(add_model());
    for (std::byte& byte : file) {
      const std::byte kept = std::exchange(byte, value);
      look_at(file);
      byte = kept;
    }
  }
}

TEST(ReadModel, SurvivesWhatTheFuzzersFound) {
  for (const auto& entry : fs::directory_iterator(fs::path(KELT_SOURCE_DIR) / "testdata/fuzz/read")) look_at(content(entry.path()));
}

TEST(ReadModel, RejectsElementsThatAreNotAligned) {
  // The second has so many unknown fields that no more are listed; all the rest must be looked at still.
  for (const char* name : {"misaligned_vector", "misaligned_behind_unknown_fields"}) {
    const std::vector<std::byte> file = content(fs::path(KELT_SOURCE_DIR) / "testdata/fuzz/read" / name);
    const Result<Model> model = read_model(std::span(file));
    ASSERT_FALSE(model.ok());
    EXPECT_EQ(model.error().code, Code::kBadModel);
    EXPECT_NE(model.error().what.find("is not aligned"), std::string::npos) << model.error().what;
  }
}

TEST(Differences, NamesThePlace) {
  const std::vector<std::byte> file = pack(add_model());
  const Model a = read(file);
  Model b = read(file);
  EXPECT_EQ(*differences(a, b), std::vector<std::string>());
  b.subgraphs[0].tensors[1].constant = array_from<float>({2}, std::array{1.5F, 2.0F});
  b.subgraphs[0].operators[0].options.AsAddOptions()->pot_scale_int16 = false;
  b.subgraphs[0].tensors[0].dims[0] = Dim::symbol("n");
  EXPECT_EQ(*differences(a, b), (std::vector<std::string>{"subgraph 0, tensor 1: values", "subgraph 0, operator 0: options"}));
}

}  // namespace
}  // namespace kelt::litert
