#include "statistics/file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "base/atomic_file.h"
#include "base/mapped_file.h"

namespace kelt::statistics {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "kelt statistics 1";

// Counts from the first bin that holds something to the last.
Json histogram_json(const Histogram& histogram) {
  const auto filled = [](uint64_t count) { return count > 0; };
  const auto first = std::ranges::find_if(histogram.counts, filled);
  auto last = histogram.counts.end();
  while (last != first && !filled(*(last - 1))) --last;
  return {{"exponent", histogram.exponent}, {"first", first - histogram.counts.begin()}, {"counts", std::vector<uint64_t>(first, last)}};
}

Json range_json(const Range& range) { return Json::array({range.min, range.max}); }

Json tensor_json(const Place& place, const TensorStatistics& tensor) {
  Json json = {{"subgraph", place.subgraph},
               {"tensor", place.tensor},
               {"name", tensor.name},
               {"samples", tensor.samples},
               {"values", tensor.values},
               {"zeros", tensor.zeros},
               {"not_finite", tensor.not_finite},
               {"sum", tensor.sum},
               {"bounds", range_json(tensor.bounds)},
               {"first", range_json(tensor.first)},
               {"average", range_json(tensor.average)}};
  if (!tensor.histogram.counts.empty()) json["histogram"] = histogram_json(tensor.histogram);
  if (!tensor.channels.sums.empty()) json["channels"] = {{"rows", tensor.channels.rows}, {"sums", tensor.channels.sums}};
  return json;
}

// What is read, and the first thing that is wrong with it.
class Reader {
 public:
  [[nodiscard]] const std::string& fault() const { return fault_; }
  void fail(const std::string& what) {
    if (fault_.empty()) fault_ = what;
  }

  const Json& member(const Json& object, const char* name) {
    static const Json kNothing;
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (object.is_object() && found != object.end()) return *found;
    fail(std::string("there is no \"") + name + '"');
    return kNothing;
  }

  uint64_t count(const Json& object, const char* name) { return count_of(member(object, name), name); }
  uint64_t count_of(const Json& json, const char* name) {
    if (json.is_number_unsigned() && json.get<uint64_t>() <= kMostValues) return json.get<uint64_t>();
    fail(std::string("\"") + name + "\" is no count");
    return 0;
  }

  int integer(const Json& object, const char* name, int least, int most) {
    const Json& json = member(object, name);
    if (json.is_number_integer() && (!json.is_number_unsigned() || json.get<uint64_t>() <= uint64_t{std::numeric_limits<int>::max()})) {
      const auto value = json.get<int64_t>();
      if (value >= least && value <= most) return static_cast<int>(value);
    }
    fail(std::string("\"") + name + "\" is no integer from " + std::to_string(least) + " to " + std::to_string(most));
    return least;
  }

  double number(const Json& object, const char* name) {
    const Json& json = member(object, name);
    if (json.is_number()) return json.get<double>();
    fail(std::string("\"") + name + "\" is no number");
    return 0;
  }

  std::string text(const Json& object, const char* name) {
    const Json& json = member(object, name);
    if (json.is_string()) return json.get<std::string>();
    fail(std::string("\"") + name + "\" is no text");
    return {};
  }

  Range range(const Json& object, const char* name) {
    const Json& json = member(object, name);
    const auto is_float = [](const Json& value) {
      return value.is_number() && std::abs(value.get<double>()) <= double{std::numeric_limits<float>::max()};
    };
    if (json.is_array() && json.size() == 2 && is_float(json[0]) && is_float(json[1]) && json[0].get<double>() <= json[1].get<double>()) {
      return {json[0].get<float>(), json[1].get<float>()};
    }
    fail(std::string("\"") + name + "\" is no range");
    return {};
  }

  Histogram histogram(const Json& json, uint64_t values) {
    Histogram read{.exponent = integer(json, "exponent", Histogram::kSmallestExponent, Histogram::kLargestExponent)};
    const int first = integer(json, "first", 0, Histogram::kBins);
    const Json& counts = member(json, "counts");
    if (!counts.is_array() || counts.size() > static_cast<size_t>(Histogram::kBins - first)) {
      fail("\"counts\" does not fit into the bins");
      return {};
    }
    read.counts.resize(Histogram::kBins, 0);
    uint64_t left = values;
    for (size_t i = 0; i < counts.size(); ++i) {
      const uint64_t count = count_of(counts[i], "counts");
      if (count > left) fail("the histogram holds more than the values");
      left -= std::min(count, left);
      read.counts[static_cast<size_t>(first) + i] = count;
    }
    if (left > 0) fail("the histogram holds less than the values");
    return read;
  }

  ChannelSums channels(const Json& json) {
    ChannelSums read{.rows = count(json, "rows")};
    const Json& sums = member(json, "sums");
    const auto is_finite = [](const Json& sum) { return sum.is_number() && std::isfinite(sum.get<double>()); };
    if (sums.is_array() && !sums.empty() && std::ranges::all_of(sums, is_finite)) {
      read.sums = sums.get<std::vector<double>>();
    } else {
      fail("\"sums\" is no list of numbers");
    }
    return read;
  }

  TensorStatistics tensor(const Json& json) {
    TensorStatistics read;
    read.name = text(json, "name");
    read.samples = count(json, "samples");
    read.values = count(json, "values");
    read.zeros = count(json, "zeros");
    read.not_finite = count(json, "not_finite");
    read.sum = number(json, "sum");
    read.bounds = range(json, "bounds");
    read.first = range(json, "first");
    read.average = range(json, "average");
    if (read.zeros > read.values) fail("there are more zeros than values");
    if (fault_.empty() && json.contains("histogram")) read.histogram = histogram(json["histogram"], read.values);
    if (fault_.empty() && json.contains("channels")) read.channels = channels(json["channels"]);
    return read;
  }

 private:
  // Sums of so many still fit into 64 bits, however many files are merged.
  static constexpr uint64_t kMostValues = uint64_t{1} << 52;

  std::string fault_;
};

Error bad(const std::string& what) {
  return {.code = Code::kBadStatistics, .what = "these are no statistics of kelt calibrate: " + what, .remedy = "Calibrate again"};
}

std::string hex(uint64_t number) {
  std::string text(16, '0');
  for (size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[(number >> (4 * i)) & 15U];
  return text;
}

std::optional<uint64_t> read_hex(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string to_json(const Statistics& statistics) {
  Json json = {{"format", kFormat}, {"model", hex(statistics.model)}, {"samples", statistics.samples}};
  Json& tensors = json["tensors"] = Json::array();
  for (const auto& [place, tensor] : statistics.tensors) tensors.push_back(tensor_json(place, tensor));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Statistics> parse_statistics(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return bad("it is no JSON");
  Reader reader;
  if (reader.text(json, "format") != kFormat) reader.fail("its format is another");
  Statistics read{.samples = 0};
  const std::optional<uint64_t> model = read_hex(reader.text(json, "model"));
  if (!model) reader.fail("\"model\" is no fingerprint");
  read.model = model.value_or(0);
  read.samples = reader.count(json, "samples");
  const Json& tensors = reader.member(json, "tensors");
  if (!tensors.is_array()) reader.fail("\"tensors\" is no list");
  constexpr int kMost = std::numeric_limits<int>::max();
  for (size_t i = 0; reader.fault().empty() && i < tensors.size(); ++i) {
    const Place place{reader.integer(tensors[i], "subgraph", 0, kMost), reader.integer(tensors[i], "tensor", 0, kMost)};
    if (!read.tensors.emplace(place, reader.tensor(tensors[i])).second) reader.fail("a tensor is listed twice");
  }
  if (!reader.fault().empty()) return bad(reader.fault());
  return read;
}

Result<void> save_statistics(const Statistics& statistics, const std::filesystem::path& path) {
  KELT_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  const std::string text = to_json(statistics);
  KELT_RETURN_IF_ERROR(file.write_at(0, std::as_bytes(std::span(text))));
  return std::move(file).commit();
}

Result<Statistics> load_statistics(const std::filesystem::path& path) {
  KELT_ASSIGN_OR_RETURN(const auto file, MappedFile::open(path));
  const std::span<const std::byte> bytes = file->bytes();
  return parse_statistics({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).note("while reading " + path.string());
}

}  // namespace kelt::statistics
