#include "statistics/file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

namespace kelt::statistics {
namespace {

Statistics some_statistics() {
  Statistics statistics{.model = 0x00ab'cdef'0123'4567U, .samples = 3};
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (const Place place : {Place{0, 3}, Place{0, 11}, Place{2, 0}}) {
    TensorStatistics& tensor = statistics.tensors[place];
    tensor.name = "block/ä \"" + std::to_string(place.tensor);
    for (int sample = 0; sample < 3; ++sample) {
      std::vector<float> values(100);
      for (float& value : values) value = normal(generator) * 1e-3F;
      add(tensor, values);
    }
  }
  add_bounds(statistics.tensors[{1, 1}], {-1, 2});
  add_channels(statistics.tensors[{0, 3}], std::vector<float>{0.1F, -0.2F, 1e-30F}, 3);
  return statistics;
}

std::string fault_of(const std::string& text) {
  const Result<Statistics> read = parse_statistics(text);
  if (read.ok()) return "";
  EXPECT_EQ(read.error().code, Code::kBadStatistics);
  return read.error().what;
}

// The text of the statistics with one thing replaced.
std::string with(const std::string& what, const std::string& by) {
  Statistics statistics{.model = 1, .samples = 1};
  statistics.tensors[{0, 3}].name = "a";
  add(statistics.tensors[{0, 3}], std::vector<float>{0, 1, 2});
  add_channels(statistics.tensors[{0, 3}], std::vector<float>{0, 1, 2}, 1);
  std::string text = to_json(statistics);
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what << " in " << text;
  return text.replace(at, what.size(), by);
}

TEST(StatisticsFile, IsReadAsItWasWritten) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "statistics_test.json";
  const Statistics statistics = some_statistics();
  ASSERT_TRUE(save_statistics(statistics, path).ok());
  const Result<Statistics> read = load_statistics(path);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(*read, statistics);
  std::filesystem::remove(path);
}

TEST(StatisticsFile, ThatIsNotThereSaysSo) {
  const Result<Statistics> read = load_statistics("no/such/file.json");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().to_string().find("no/such/file.json"), std::string::npos);
}

TEST(StatisticsFile, SaysWhatIsWrongWithIt) {
  const std::string head = "these are no statistics of kelt calibrate: ";
  EXPECT_EQ(fault_of("{"), head + "it is no JSON");
  EXPECT_EQ(fault_of(""), head + "it is no JSON");
  EXPECT_EQ(fault_of("[]"), head + "there is no \"format\"");
  EXPECT_EQ(fault_of("3"), head + "there is no \"format\"");
  EXPECT_EQ(fault_of(with("kelt statistics 1", "kelt statistics 9")), head + "its format is another");
  EXPECT_EQ(fault_of(with("0000000000000001", "xyz")), head + "\"model\" is no fingerprint");
  EXPECT_EQ(fault_of(with("\"samples\":1", "\"samples\":-1")), head + "\"samples\" is no count");
  EXPECT_EQ(fault_of(with("\"samples\":1", "\"samples\":18446744073709551615")), head + "\"samples\" is no count");
  EXPECT_EQ(fault_of(with("\"tensor\":3", "\"tensor\":-3")), head + "\"tensor\" is no integer from 0 to 2147483647");
  EXPECT_EQ(fault_of(with("\"tensor\":3", "\"tensor\":18446744073709551615")), head + "\"tensor\" is no integer from 0 to 2147483647");
  EXPECT_EQ(fault_of(with("\"bounds\":[0.0,2.0]", "\"bounds\":[2.0,0.0]")), head + "\"bounds\" is no range");
  EXPECT_EQ(fault_of(with("\"bounds\":[0.0,2.0]", "\"bounds\":[0.0,1e300]")), head + "\"bounds\" is no range");
  EXPECT_EQ(fault_of(with("\"bounds\":[0.0,2.0]", "\"bounds\":[0.0]")), head + "\"bounds\" is no range");
  EXPECT_EQ(fault_of(with("\"name\":\"a\"", "\"name\":1")), head + "\"name\" is no text");
  EXPECT_EQ(fault_of(with("\"sum\":3.0", "\"sum\":null")), head + "\"sum\" is no number");
  EXPECT_EQ(fault_of(with("\"zeros\":1", "\"zeros\":4")), head + "there are more zeros than values");
  EXPECT_EQ(fault_of(with("\"exponent\":-8", "\"exponent\":500")), head + "\"exponent\" is no integer from -126 to 118");
  EXPECT_EQ(fault_of(with("\"first\":1024", "\"first\":2047")), head + "\"counts\" does not fit into the bins");
  EXPECT_EQ(fault_of(with("\"counts\":[1", "\"counts\":[2")), head + "the histogram holds more than the values");
  EXPECT_EQ(fault_of(with("\"counts\":[1", "\"counts\":[0")), head + "the histogram holds less than the values");
  EXPECT_EQ(fault_of(with("\"sums\":[3.0]", "\"sums\":[null]")), head + "\"sums\" is no list of numbers");
  EXPECT_EQ(fault_of(with("\"sums\":[3.0]", "\"sums\":[]")), head + "\"sums\" is no list of numbers");
  EXPECT_EQ(fault_of(with("\"rows\":3", "\"rows\":-3")), head + "\"rows\" is no count");
  EXPECT_EQ(fault_of(R"({"format":"kelt statistics 1","model":"0000000000000001","samples":1,"tensors":3})"),
            head + "\"tensors\" is no list");
  EXPECT_EQ(fault_of(std::string(100'000, '[')), head + "it is no JSON");
}

TEST(StatisticsFile, ListsATensorOnce) {
  std::string text = with("[{", "[{");
  const size_t begin = text.find("[{") + 1;
  const std::string tensor = text.substr(begin, text.rfind(']') - begin);
  EXPECT_EQ(fault_of(text.insert(begin, tensor + ",")), "these are no statistics of kelt calibrate: a tensor is listed twice");
}

TEST(StatisticsFile, EveryInputThatTheFuzzerKeptIsReadOrRejected) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(KELT_SOURCE_DIR "/testdata/fuzz/statistics")) {
    (void)load_statistics(entry.path());
    ++files;
  }
  EXPECT_GT(files, 0U);
}

}  // namespace
}  // namespace kelt::statistics
