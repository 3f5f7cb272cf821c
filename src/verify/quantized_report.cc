// verify/quantized_report.cc — a comparison as people read it, and as JSON that a page can draw.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/table.h"
#include "verify/limits.h"
#include "verify/quantized.h"

namespace kelt::verify {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostBins = 128;  // of a histogram in JSON

std::string snr_text(const Noise& noise) {
  const double snr = snr_of(noise);
  return noise.values + noise.broken == 0 ? "–" : snr >= kMostDecibels ? "equal" : decibels(snr);
}
std::string snr_text(const std::optional<Noise>& noise) { return noise ? snr_text(*noise) : "–"; }

std::string error_text(const Noise& noise) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1e", error_of(noise));
  return text.data();
}

// What was looked at, layer by layer.
std::string proven(const QuantizedComparison& comparison) {
  uint64_t values = 0;
  size_t quantized = 0, alone = 0;
  for (const Constant& constant : comparison.constants) {
    quantized += constant.bits < 32 ? 1 : 0;
    values += constant.bits < 32 ? constant.values : 0;
  }
  for (const QuantizedLayer& layer : comparison.layers) alone += layer.alone ? 1 : 0;
  if (comparison.layers.empty()) return "";
  return "  compared: " + std::to_string(comparison.constants.size()) + " constants with the float file's (" + std::to_string(quantized) +
         " of fewer bits, " + std::to_string(values) + " values one by one), " + std::to_string(alone) + " layers alone on " +
         std::to_string(comparison.layer_samples) + (comparison.layer_samples == 1 ? " sample\n" : " samples\n");
}

std::string costs(const QuantizedComparison& comparison) {
  Table table;
  table.row({"  costs most", "alone", "so far", "weights", "form", "better in"});
  const std::vector<size_t> order = costliest(comparison);
  for (const size_t index : order) {
    const QuantizedLayer& layer = comparison.layers[index];
    table.row({"  " + layer.layer + " (" + layer.op + ")", snr_text(layer.alone), snr_text(layer.through), snr_text(layer.weights),
               name_of(layer.form), layer.cure});
  }
  return order.empty() ? "" : table.text();
}

Json to_json(const Noise& noise) {
  Json json = {{"snr", snr_of(noise)}, {"error", error_of(noise)}, {"values", noise.values}};
  if (noise.broken != 0) json["broken"] = noise.broken;
  return json;
}
Json to_json(const std::optional<Noise>& noise) { return noise ? to_json(*noise) : Json(); }

// Neighbours are added until the bins are few; those that are empty at both ends are left out.
Json to_json(statistics::Histogram histogram) {
  const auto ends = [&] {
    const auto counted = [](uint64_t count) { return count != 0; };
    const auto first = std::ranges::find_if(histogram.counts, counted) - histogram.counts.begin();
    const auto last = std::find_if(histogram.counts.rbegin(), histogram.counts.rend(), counted) - histogram.counts.rbegin();
    return std::pair{first, std::max(std::ssize(histogram.counts) - last, first)};
  };
  while (!histogram.counts.empty() && ends().second - ends().first > static_cast<ptrdiff_t>(kMostBins)) {
    widen(histogram, histogram.exponent + 1);
  }
  const auto [first, last] = ends();
  const double width = statistics::width_of(histogram);
  return {{"from", static_cast<double>(first - statistics::Histogram::kZero) * width},
          {"width", width},
          {"counts", std::vector<uint64_t>(histogram.counts.begin() + first, histogram.counts.begin() + last)}};
}

Json to_json(const QuantizedLayer& layer) {
  return {{"layer", layer.layer},
          {"op", layer.op},
          {"form", name_of(layer.form)},
          {"alone", to_json(layer.alone)},
          {"limit", layer.limit},
          {"through", to_json(layer.through)},
          {"weights", to_json(layer.weights)},
          {"bytes_before", layer.bytes_before},
          {"bytes_after", layer.bytes_after},
          {"cure", layer.cure}};
}

Json to_json(const Constant& constant) {
  return {{"name", constant.name},
          {"bits", constant.bits},
          {"blocks", constant.block},
          {"noise", to_json(constant.noise)},
          {"not_nearest", constant.not_nearest},
          {"clipped", constant.clipped},
          {"bytes_before", constant.bytes_before},
          {"bytes_after", constant.bytes_after},
          {"why", constant.why}};
}

}  // namespace

std::string to_text(const QuantizedComparison& comparison) {
  Table outputs;
  outputs.row({"  output", "SNR", "error", "at least"});
  for (const QuantizedOutput& output : comparison.outputs) {
    outputs.row(
        {"  " + output.name, snr_text(output.noise), error_text(output.noise), decibels(output.limit) + " (" + comparison.coarsest + ")"});
  }
  std::string text = outputs.text() + costs(comparison) + proven(comparison);
  for (const std::string& note : comparison.notes) text += "  note: " + note + "\n";
  for (const std::string& fault : comparison.faults) text += "  wrong: " + fault + "\n";
  return text;
}

std::string to_json(const QuantizedComparison& comparison) {
  Json json = {{"ok", comparison.ok()},
               {"samples", comparison.samples},
               {"layer_samples", comparison.layer_samples},
               {"coarsest", comparison.coarsest},
               {"outputs", Json::array()},
               {"layers", Json::array()},
               {"costliest", costliest(comparison)},
               {"constants", Json::array()},
               {"distributions", Json::array()},
               {"faults", comparison.faults},
               {"notes", comparison.notes}};
  for (const QuantizedOutput& output : comparison.outputs) {
    json["outputs"].push_back(
        {{"signature", output.signature}, {"name", output.name}, {"noise", to_json(output.noise)}, {"limit", output.limit}});
  }
  for (const QuantizedLayer& layer : comparison.layers) json["layers"].push_back(to_json(layer));
  for (const Constant& constant : comparison.constants) json["constants"].push_back(to_json(constant));
  for (const Distribution& one : comparison.distributions) {
    json["distributions"].push_back({{"tensor", one.tensor}, {"before", to_json(one.before)}, {"after", to_json(one.after)}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kelt::verify
