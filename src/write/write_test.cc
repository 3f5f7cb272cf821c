#include "write/write.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <random>

#include "base/version.h"
#include "tflite_generated.h"
#include "write/testing.h"

namespace kelt::write {
namespace {

namespace fs = std::filesystem;
using testing::add_model;
using testing::constant;
using testing::model_with;
using testing::pattern;

const tflite::Model& checked(const std::vector<std::byte>& bytes) {
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  EXPECT_TRUE(tflite::VerifyModelBuffer(verifier));
  return *tflite::GetModel(bytes.data());
}

std::vector<std::byte> bytes_of(const litert::Model& model, const WriteOptions& options = {}) {
  auto bytes = write_bytes(model, options);
  EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().to_string());
  return bytes.ok() ? *std::move(bytes) : std::vector<std::byte>();
}

std::vector<std::byte> content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// The bytes of a buffer, inside of the flatbuffer.
std::span<const std::byte> content_of(const std::vector<std::byte>& file, uint32_t index) {
  const tflite::Buffer& buffer = *checked(file).buffers()->Get(index);
  EXPECT_EQ(buffer.offset(), 0U);
  EXPECT_EQ(buffer.size(), 0U);
  if (buffer.data() == nullptr) return {};
  const auto bytes = std::as_bytes(std::span(buffer.data()->data(), buffer.data()->size()));
  EXPECT_EQ((bytes.data() - file.data()) % 64, 0);
  return bytes;
}

// The bytes that a tensor of the file refers to.
std::span<const std::byte> constant_of(const std::vector<std::byte>& file, unsigned tensor) {
  return content_of(file, tflite::GetModel(file.data())->subgraphs()->Get(0)->tensors()->Get(tensor)->buffer());
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::temp_directory_path() / ("kelt-write-" + std::to_string(::getpid()) + test->name());
    fs::create_directory(path_);
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
  [[nodiscard]] bool empty() const { return fs::is_empty(path_); }

 private:
  fs::path path_;
};

// y = top_k(-x): the operand of TOPK_V2 is a tensor within the graph.
litert::Model order_model() {
  const Dims dims = {Dim::symbol("n"), 2};
  const Array k = array_from<int32_t>({}, std::array{1});
  const Dims best = {Dim::symbol("n"), 1};
  litert::Model model = model_with({{.name = "x", .dims = dims},
                                    {.name = "t", .dims = dims},
                                    constant("k", k),
                                    {.name = "y", .dims = best},
                                    {.name = "i", .type = litert::TensorType::INT32, .dims = best}});
  model.subgraphs[0].operators.push_back({.code = litert::BuiltinOperator::NEG, .inputs = {0}, .outputs = {1}});
  model.subgraphs[0].operators.push_back({.code = litert::BuiltinOperator::TOPK_V2, .inputs = {1, 2}, .outputs = {3, 4}});
  model.subgraphs[0].inputs = {0};
  model.subgraphs[0].outputs = {3};
  return model;
}

TEST(WriteBytes, LeavesOutTheSignatureOfWhatIsOrdered) {
  const auto file = bytes_of(order_model());
  const auto& tensors = *checked(file).subgraphs()->Get(0)->tensors();
  EXPECT_NE(tensors.Get(0)->shape_signature(), nullptr);
  EXPECT_EQ(tensors.Get(1)->shape_signature(), nullptr);
  EXPECT_NE(tensors.Get(3)->shape_signature(), nullptr);
}

TEST(WriteBytes, KeepsTheSignatureOfAnInputThatIsOrdered) {
  litert::Model model = order_model();
  model.subgraphs[0].operators.erase(model.subgraphs[0].operators.begin());
  model.subgraphs[0].inputs = {1};
  const auto file = bytes_of(model);
  EXPECT_NE(checked(file).subgraphs()->Get(0)->tensors()->Get(1)->shape_signature(), nullptr);
}

TEST(WriteBytes, PutsTheModelInThere) {
  const auto file = bytes_of(add_model(array_from<float>({2}, std::array{1.5F, -2.0F})));
  const tflite::Model& model = checked(file);
  EXPECT_EQ(model.version(), 3U);
  EXPECT_EQ(model.description()->str(), "kelt " + std::string(version()));
  const auto& graph = *model.subgraphs()->Get(0);
  const auto& x = *graph.tensors()->Get(0);
  EXPECT_EQ(std::vector<int32_t>(x.shape()->begin(), x.shape()->end()), (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(std::vector<int32_t>(x.shape_signature()->begin(), x.shape_signature()->end()), (std::vector<int32_t>{-1, 2}));
  EXPECT_EQ(x.buffer(), 0U);
  EXPECT_EQ(graph.tensors()->Get(1)->shape_signature(), nullptr);
  EXPECT_EQ(graph.operators()->Get(0)->builtin_options_type(), tflite::BuiltinOptions::AddOptions);
  EXPECT_EQ(model.signature_defs()->Get(0)->outputs()->Get(0)->name()->str(), "sum");
  EXPECT_EQ(model.buffers()->Get(0)->offset(), 0U);
  float first = 0;
  std::memcpy(&first, constant_of(file, 1).data(), sizeof(first));
  EXPECT_EQ(first, 1.5F);
}

TEST(WriteBytes, SaysWhichRuntimeItNeedsInSixteenBytes) {
  const auto file = bytes_of(add_model(array_from<float>({2}, std::array{1.0F, 2.0F})));
  const tflite::Model& model = checked(file);
  const auto& entry = *model.metadata()->Get(0);
  EXPECT_EQ(entry.name()->str(), "min_runtime_version");
  const auto bytes = content_of(file, entry.buffer());
  ASSERT_EQ(bytes.size(), 16U);
  const char* text = reinterpret_cast<const char*>(bytes.data());
  EXPECT_NE(std::memchr(text, '\0', 16), nullptr);
  EXPECT_EQ(std::string(text), "1.5.0");
}

TEST(WriteBytes, PutsTheConstantsBehindTheFlatbufferWhereTheModelSaysSo) {
  litert::Model model = add_model(array_from<float>({2}, std::array{1.5F, -2.0F}));
  const size_t inside = bytes_of(model).size();
  model.constants_outside = true;
  const auto file = bytes_of(model);
  EXPECT_LT(file.size(), inside + 128);
  const tflite::Model& written = checked(file);
  const auto at = [&](uint32_t index) {
    const tflite::Buffer& buffer = *written.buffers()->Get(index);
    EXPECT_EQ(buffer.data(), nullptr);
    EXPECT_EQ(buffer.offset() % 64, 0U);
    return std::span(file).subspan(buffer.offset(), buffer.size());
  };
  float first = 0;
  std::memcpy(&first, at(written.subgraphs()->Get(0)->tensors()->Get(1)->buffer()).data(), sizeof(first));
  EXPECT_EQ(first, 1.5F);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(at(written.metadata()->Get(0)->buffer()).data())), "2.14.0");
}

TEST(WriteBytes, KeepsWhatAFileThatWasReadSaidOfItself) {
  litert::Model model = add_model(array_from<float>({2}, std::array{1.0F, 2.0F}));
  model.description = "of another converter";
  model.metadata.push_back({"min_runtime_version", array_from<uint8_t>({3}, std::array<uint8_t, 3>{'2', '.', '5'})});
  const auto file = bytes_of(model);
  EXPECT_EQ(checked(file).description()->str(), "of another converter");
  EXPECT_EQ(checked(file).metadata()->size(), 1U);
}

TEST(WriteBytes, OperatorCodesAreSharedAndOldReadersSee127) {
  litert::Model model = add_model(array_from<float>({2}, std::array{1.0F, 2.0F}));
  auto& operators = model.subgraphs[0].operators;
  operators.push_back(operators[0]);
  operators.push_back({.code = litert::BuiltinOperator::GELU, .version = 2, .inputs = {0}, .outputs = {2}});
  operators.push_back(
      {.code = litert::BuiltinOperator::CUSTOM, .custom_code = "Mine", .inputs = {0}, .outputs = {2}, .custom_options = {1, 2, 3}});
  const auto file = bytes_of(model);
  const tflite::Model& read = checked(file);
  ASSERT_EQ(read.operator_codes()->size(), 3U);
  EXPECT_EQ(read.operator_codes()->Get(0)->deprecated_builtin_code(), 0);
  EXPECT_EQ(read.operator_codes()->Get(1)->deprecated_builtin_code(), 127);
  EXPECT_EQ(read.operator_codes()->Get(1)->builtin_code(), tflite::BuiltinOperator::GELU);
  EXPECT_EQ(read.operator_codes()->Get(1)->version(), 2);
  EXPECT_EQ(read.operator_codes()->Get(2)->custom_code()->str(), "Mine");
  EXPECT_EQ(read.subgraphs()->Get(0)->operators()->Get(1)->opcode_index(), 0U);
  EXPECT_EQ(read.subgraphs()->Get(0)->operators()->Get(3)->custom_options()->size(), 3U);
}

TEST(WriteBytes, EqualBytesAreStoredOnce) {
  std::mt19937 random(3);
  std::vector<float> values(5000);
  for (float& value : values) value = static_cast<float>(random());
  std::vector<float> other = values;
  other[2500] = 1;  // differs in the middle only
  const Array a = array_from<float>({50, 100}, values);
  const Array b = array_from<float>({50, 100}, values);
  const Array c = array_from<float>({50, 100}, other);
  const Array back = cast(cast(transpose(transpose(a, std::vector{1, 0}), std::vector{1, 0}), DType::kFloat64), DType::kFloat32);
  const auto file =
      bytes_of(model_with({constant("a", a), constant("b", b), constant("c", c), constant("again", a), constant("back", back)}));
  const auto& tensors = *checked(file).subgraphs()->Get(0)->tensors();
  EXPECT_EQ(tensors.Get(0)->buffer(), tensors.Get(1)->buffer());
  EXPECT_EQ(tensors.Get(0)->buffer(), tensors.Get(3)->buffer());
  EXPECT_EQ(tensors.Get(0)->buffer(), tensors.Get(4)->buffer());
  EXPECT_NE(tensors.Get(0)->buffer(), tensors.Get(2)->buffer());
  EXPECT_EQ(checked(file).buffers()->size(), 4U);  // the empty one, a, c, and the runtime's version
}

TEST(WriteBytes, EqualZeroPointsAreStoredOnce) {
  litert::Model model = add_model(array_from<float>({2}, std::array{1.5F, -2.0F}));
  std::vector<litert::Tensor>& tensors = model.subgraphs[0].tensors;
  for (litert::Tensor& tensor : tensors) tensor.quantization.scale = {1.0F, 2.0F};
  tensors[0].quantization.zero_point = tensors[1].quantization.zero_point = {0, 0};
  tensors[2].quantization.zero_point = {0, 1};
  const auto file = bytes_of(model);
  const auto& written = *checked(file).subgraphs()->Get(0)->tensors();
  const auto zeros = [&](uint32_t i) { return written.Get(i)->quantization()->zero_point(); };
  EXPECT_EQ(zeros(0), zeros(1));
  EXPECT_EQ(std::vector<int64_t>(zeros(1)->begin(), zeros(1)->end()), (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(std::vector<int64_t>(zeros(2)->begin(), zeros(2)->end()), (std::vector<int64_t>{0, 1}));
}

TEST(WriteBytes, EqualShapesAreStoredOnce) {
  litert::Model model = add_model(array_from<float>({2}, std::array{1.5F, -2.0F}));
  std::vector<litert::Tensor>& tensors = model.subgraphs[0].tensors;
  tensors[0].dims = tensors[1].dims = {Dim(2)};
  tensors[2].dims = {Dim(1), Dim(2)};
  const auto file = bytes_of(model);
  const auto& written = *checked(file).subgraphs()->Get(0)->tensors();
  const auto shape = [&](uint32_t i) { return written.Get(i)->shape(); };
  EXPECT_EQ(shape(0), shape(1));
  EXPECT_EQ(std::vector<int32_t>(shape(1)->begin(), shape(1)->end()), (std::vector<int32_t>{2}));
  EXPECT_EQ(std::vector<int32_t>(shape(2)->begin(), shape(2)->end()), (std::vector<int32_t>{1, 2}));
}

TEST(WriteBytes, EqualScalesOfChannelsAreStoredOnce) {
  litert::Model model = add_model(array_from<float>({2}, std::array{1.5F, -2.0F}));
  std::vector<litert::Tensor>& tensors = model.subgraphs[0].tensors;
  tensors[0].quantization.scale = tensors[1].quantization.scale = {1.0F, std::nanf("")};
  tensors[2].quantization.scale = {1.0F, 2.0F};
  const auto file = bytes_of(model);
  const auto& written = *checked(file).subgraphs()->Get(0)->tensors();
  const auto scales = [&](uint32_t i) { return written.Get(i)->quantization()->scale(); };
  EXPECT_EQ(scales(0), scales(1));
  EXPECT_EQ(scales(0)->Get(0), 1.0F);
  EXPECT_EQ(std::vector<float>(scales(2)->begin(), scales(2)->end()), (std::vector{1.0F, 2.0F}));
}

TEST(WriteBytes, ConstantsOfEverySizeComeOutWholeInSlicesOfAnySize) {
  std::mt19937 random(4);
  std::vector<litert::Tensor> tensors;
  std::vector<std::vector<std::byte>> expected;
  for (const int64_t size : {0, 1, 63, 64, 65, 200, 4096, 5000, 12345, 1, 0}) {
    std::vector<std::byte> bytes(static_cast<size_t>(size));
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    expected.push_back(bytes);
    tensors.push_back(constant("c", array_of(DType::kUInt8, {size}, bytes)));
  }
  std::vector<float> matrix(70 * 90);
  for (float& value : matrix) value = static_cast<float>(random());
  const Array turned = transpose(array_from<float>({70, 90}, matrix), std::vector{1, 0});
  expected.push_back(*read_all(turned));
  tensors.push_back(constant("turned", turned));
  const auto once = bytes_of(model_with(tensors));
  for (unsigned i = 0; i < tensors.size(); ++i) {
    const auto bytes = constant_of(once, i);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected[i].begin(), expected[i].end())) << i;
  }
  for (const size_t slice : {7, 4096, 20000}) {
    for (const int threads : {1, 4}) EXPECT_EQ(bytes_of(model_with(tensors), {.threads = threads, .slice_bytes = slice}), once) << slice;
  }
}

TEST(WriteFile, GivesTheSameBytesAtAnyNumberOfThreads) {
  const TemporaryDirectory directory;
  std::vector<litert::Tensor> tensors;
  for (size_t i = 0; i < 40; ++i) {
    const Array array = pattern(1000 + i * 3001);
    const Array in_memory = array_of(array.dtype, array.shape, *read_all(array));
    tensors.push_back(constant("c" + std::to_string(i), i % 2 == 0 ? array : in_memory));
  }
  const litert::Model model = model_with(tensors);
  const auto expected = bytes_of(model);
  for (const int threads : {1, 4}) {
    uint64_t reported = 0;
    const auto progress = [&](std::string_view, uint64_t done, uint64_t total) { reported = done == total ? done : reported; };
    const auto report = write_file(model, directory / "model.tflite", {.threads = threads, .slice_bytes = 10000, .progress = progress});
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    EXPECT_EQ(content(directory / "model.tflite"), expected);
    EXPECT_EQ(report->file_bytes, expected.size());
    EXPECT_EQ(reported, expected.size());
    EXPECT_EQ(report->buffers, 41U);
  }
}

TEST(WriteFile, AConstantThatCannotBeReadLeavesTheOldFile) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "model.tflite") << "old";
  const Array bad = transpose(array_from<float>({2, 3}, std::vector<float>(6)), std::vector{0, 0});
  const auto report = write_file(add_model(bad), directory / "model.tflite");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, Code::kInternal);
  EXPECT_NE(report.error().to_string().find("while writing the constant c"), std::string::npos) << report.error().to_string();
  EXPECT_EQ(content(directory / "model.tflite").size(), 3U);
}

TEST(WriteFile, AFullDiskLeavesNothingAndSaysSo) {
  const TemporaryDirectory directory;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto report =
      write_file(model_with({constant("c", pattern(1000000))}), directory / "model.tflite", {.threads = 2, .slice_bytes = 50000});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, Code::kIo);
  EXPECT_FALSE(report.error().remedy.empty());
  EXPECT_TRUE(directory.empty());
}

TEST(WriteFile, RejectsWhatItWouldLoseOrCannotSay) {
  litert::Model model = add_model(array_from<float>({2}, std::array{1.0F, 2.0F}));
  model.unknown_fields = {"model.subgraphs[0]: field 9 of SubGraph"};
  EXPECT_EQ(write_bytes(model).error().code, Code::kUnsupported);
  model = add_model(array_from<float>({2}, std::array{1.0F, 2.0F}));
  model.subgraphs[0].tensors[0].dims = {Dim(int64_t{1} << 31)};
  EXPECT_EQ(write_bytes(model).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace kelt::write
