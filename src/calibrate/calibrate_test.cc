#include "calibrate/calibrate.h"

#include <cmath>
#include <limits>

#include "litert/testing.h"
#include "runtime/testing.h"
#include "statistics/fingerprint.h"

namespace kelt::calibrate {
namespace {

using statistics::Range;
using statistics::TensorStatistics;
using Vector = std::vector<float>;

observe::File file_of(const std::string& text) {
  auto file = unnamed_file(litert::model_of(text), testing::TempDir());
  EXPECT_TRUE(file.ok()) << file.error().to_string();
  return *std::move(file);
}

// Samples of the input x, one after the other; they stay in `samples`.
Samples samples_of(const std::vector<Vector>& samples, const Shape& shape = {2}) {
  return [&samples, shape, at = size_t{0}]() mutable -> Result<std::optional<Given>> {
    if (at == samples.size()) return std::optional<Given>();
    return std::optional(Given{.inputs = {{"x", DType::kFloat32, shape, runtime::bytes_of(samples[at++])}}});
  };
}

Result<Calibration> run(const observe::File& file, const std::vector<Vector>& samples, const Options& options = {}) {
  const std::array data = {Data{"", samples_of(samples)}};
  return calibrate(runtime::runtime_for_tests(), file, data, options);
}

std::map<std::string, TensorStatistics> by_name(const Calibration& calibration) {
  std::map<std::string, TensorStatistics> named;
  for (const auto& [place, statistics] : calibration.statistics.tensors) named[statistics.name] = statistics;
  return named;
}

constexpr const char* kChain = R"(fn (x: f32[2]) {
    a: f32[2] = ADD(x, const f32[] 1)
    i: i32[2] = CAST(a) {in_data_type: FLOAT32, out_data_type: INT32}
    y: f32[2] = NEG(a)
  } -> (y, i))";

TEST(Calibrate, CollectsFloatTensorsAndInputsOverAllSamples) {
  const observe::File file = file_of(kChain);
  const std::vector<Vector> samples = {{0, 1}, {-5, 2}, {3, 3}};
  const auto calibration = run(file, samples);
  ASSERT_TRUE(calibration.ok()) << calibration.error().to_string();
  const auto named = by_name(*calibration);
  ASSERT_EQ(named.size(), 3U);
  EXPECT_EQ(named.at("x").bounds, (Range{-5, 3}));
  EXPECT_EQ(named.at("a").bounds, (Range{-4, 4}));
  EXPECT_EQ(named.at("y").bounds, (Range{-4, 4}));
  EXPECT_EQ(named.at("a").first, (Range{1, 2}));
  EXPECT_EQ(named.at("a").samples, 3U);
  EXPECT_EQ(named.at("a").values, 6U);
  EXPECT_EQ(calibration->statistics.samples, 3U);
  EXPECT_EQ(calibration->statistics.model, *statistics::fingerprint_of(file.model));
  EXPECT_TRUE(calibration->unreadable.empty());
  EXPECT_TRUE(calibration->notes.empty());
}

TEST(Calibrate, InPartsGivesTheSameAsAtOnce) {
  const observe::File file = file_of(kChain);
  const std::vector<Vector> samples = {{0, 1}, {-5, 2}, {3, 3}};
  const auto at_once = run(file, samples);
  const auto in_parts = run(file, samples, {.limits = {.memory = 1}});
  ASSERT_TRUE(in_parts.ok()) << in_parts.error().to_string();
  EXPECT_EQ(in_parts->statistics, at_once->statistics);
}

TEST(Calibrate, CollectsOnlyWhatIsAskedFor) {
  const observe::File file = file_of(kChain);
  const std::vector<Vector> samples = {{0, 1}};
  const auto all = calibratable_tensors(file.model, file.model.signatures[0]);
  ASSERT_EQ(all.size(), 3U);
  const auto one = run(file, samples, {.places = std::vector{all[1]}});
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(by_name(*one).size(), 1U);
  EXPECT_EQ(by_name(*one).begin()->first, "a");
  const auto inputs_alone = run(file, samples, {.places = std::vector{all[0]}});
  ASSERT_TRUE(inputs_alone.ok());
  EXPECT_EQ(by_name(*inputs_alone).begin()->first, "x");
  EXPECT_EQ(inputs_alone->statistics.samples, 1U);
}

TEST(Calibrate, SaysWhichOfTheTensorsAskedForHaveNoValues) {
  const observe::File file = file_of(kChain);
  const auto calibration = run(file, {{0, 1}}, {.places = std::vector<Place>{{0, 99}}});
  ASSERT_TRUE(calibration.ok());
  ASSERT_EQ(calibration->unreadable.size(), 1U);
  EXPECT_EQ(calibration->unreadable[0].place, (Place{0, 99}));
  EXPECT_EQ(calibration->unreadable[0].why, "no run of the samples computes it as float32");
}

TEST(Calibrate, TakesSamplesOfDifferentSizes) {
  const observe::File file = file_of("fn (x: f32[n]) { a: f32[n] = ABS(x)\n y: f32[n] = NEG(a) } -> (y)");
  const std::vector<Vector> samples = {{1, -2}, {5}, {0, 0, 7}};
  const auto next = [&, at = size_t{0}]() mutable -> Result<std::optional<Given>> {
    if (at == samples.size()) return std::optional<Given>();
    const Vector& sample = samples[at++];
    return std::optional(Given{.inputs = {{"x", DType::kFloat32, {static_cast<int64_t>(sample.size())}, runtime::bytes_of(sample)}}});
  };
  const std::array data = {Data{"", next}};
  const auto calibration = calibrate(runtime::runtime_for_tests(), file, data);
  ASSERT_TRUE(calibration.ok()) << calibration.error().to_string();
  EXPECT_EQ(by_name(*calibration).at("y").bounds, (Range{-7, 0}));
  EXPECT_EQ(by_name(*calibration).at("a").values, 6U);
}

TEST(Calibrate, TakesSeveralSamplesAsArrays) {
  const observe::File file = file_of(kChain);
  const Vector first = {0, 1, -5, 2};
  const Vector second = {3, 3};
  const auto next = [&, at = 0]() mutable -> Result<std::optional<Given>> {
    if (at++ == 2) return std::optional<Given>();
    const Vector& values = at == 1 ? first : second;
    const Shape shape = {static_cast<int64_t>(values.size() / 2), 2};
    return std::optional(Given{.inputs = {{"x", DType::kFloat32, shape, runtime::bytes_of(values)}}, .several = true});
  };
  const std::array data = {Data{"", next}};
  const auto calibration = calibrate(runtime::runtime_for_tests(), file, data);
  ASSERT_TRUE(calibration.ok()) << calibration.error().to_string();
  EXPECT_EQ(calibration->statistics, run(file, {{0, 1}, {-5, 2}, {3, 3}})->statistics);
}

TEST(Calibrate, JoinsSignaturesOverOneSubgraph) {
  const observe::File file = file_of(R"(
    fn (x: f32[2]) { y: f32[2] = NEG(x) } -> (y)
    fn (x: f32[2]) { z: f32[2] = ABS(x) } -> (z)
    signature "f" 0 (x: x) -> (y: y)
    signature "g" 1 (x: x) -> (z: z))");
  const std::vector<Vector> f = {{1, 2}};
  const std::vector<Vector> g = {{-3, 4}, {-8, 1}};
  const std::array data = {Data{"f", samples_of(f)}, Data{"g", samples_of(g)}};
  const auto calibration = calibrate(runtime::runtime_for_tests(), file, data);
  ASSERT_TRUE(calibration.ok()) << calibration.error().to_string();
  EXPECT_EQ(calibration->statistics.samples, 3U);
  EXPECT_EQ(by_name(*calibration).at("y").bounds, (Range{-2, -1}));
  EXPECT_EQ(by_name(*calibration).at("z").bounds, (Range{1, 8}));
}

TEST(Calibrate, WithoutASampleSaysSo) {
  const auto calibration = run(file_of(kChain), {});
  ASSERT_FALSE(calibration.ok());
  EXPECT_EQ(calibration.error().code, Code::kBadData);
  EXPECT_EQ(calibration.error().what, "there is no sample for the signature 'serving_default'");
}

TEST(Calibrate, NamesTheSignaturesThatThereAre) {
  const observe::File file = file_of(kChain);
  const std::vector<Vector> samples = {{0, 1}};
  const std::array data = {Data{"other", samples_of(samples)}};
  const auto calibration = calibrate(runtime::runtime_for_tests(), file, data);
  ASSERT_FALSE(calibration.ok());
  EXPECT_EQ(calibration.error().what, "the file has no signature 'other'");
  EXPECT_EQ(calibration.error().remedy, "Name one of: serving_default");
}

TEST(Calibrate, CountsWhatTheModelMakesOfFiniteInputsThatIsNotFinite) {
  const observe::File file = file_of("fn (x: f32[2]) { y: f32[2] = DIV(x, const f32[] 0) } -> (y)");
  const std::vector<Vector> samples = {{1, 0}};
  const auto calibration = run(file, samples);
  ASSERT_TRUE(calibration.ok());
  EXPECT_EQ(by_name(*calibration).at("y").not_finite, 2U);
  EXPECT_EQ(by_name(*calibration).at("y").samples, 0U);
}

TEST(UnnamedFile, IsTheModelAndLeavesNothing) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "calibrate_unnamed";
  std::filesystem::create_directories(folder);
  const litert::Model model = litert::model_of(kChain);
  const auto file = unnamed_file(model, folder);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  EXPECT_EQ(*statistics::fingerprint_of(file->model), *statistics::fingerprint_of(model));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kelt::calibrate
