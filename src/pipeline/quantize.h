// pipeline/quantize.h — a model of floats becomes one of integers: calibrated, quantized, cleaned up; and so does a file.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/sink.h"
#include "calibrate/calibrate.h"
#include "calibrate/second_moments.h"
#include "litert/model.h"
#include "quantize/quantize.h"
#include "runtime/runtime.h"
#include "write/write.h"

namespace kelt::pipeline {

// What is known of the values of a file of floats.
struct Calibrate {
  // Of the places that the options name. With `again` the samples are kept for the moments.
  std::function<Result<calibrate::Calibration>(const observe::File& floats, const calibrate::Options& options, bool again)> statistics = {};
  // The second moments of these, from the same samples. Empty where only statistics are known.
  std::function<Result<std::vector<observe::Unreadable>>(const observe::File& floats, const std::vector<litert::Place>& places,
                                                         const calibrate::MomentsVisitor& visit)>
      moments = {};

  explicit operator bool() const { return static_cast<bool>(statistics); }
};
// Runs the file on samples of its signatures.
[[nodiscard]] Calibrate calibrate_by(const runtime::Runtime& runtime,
                                     std::function<std::vector<calibrate::Data>(const litert::Model&)> data, const Sinks& sinks = {});
// Statistics that were collected before; they must be of this very file.
[[nodiscard]] Calibrate calibrate_from(statistics::Statistics statistics);

// What a search runs the file on.
struct Samples {
  runtime::Runtime runtime;
  std::function<std::vector<calibrate::Data>(const litert::Model&)> data;
};

struct QuantizeOptions {
  quantize::Recipe recipe;
  // Asked for what the recipe can use. Without it one that has integer activations is rejected.
  Calibrate calibrate = {};
  std::optional<Samples> samples = {};  // of a recipe with a goal (search/)
  std::filesystem::path folder = {};    // where the file of a model that isn't one yet stands while it is calibrated
  Sinks sinks = {};
};

// The model as it is ready to be written, its operators' versions and its table of sources included. `floats` is its file, if it has one.
[[nodiscard]] Result<quantize::Report> quantize_model(litert::Model& model, const QuantizeOptions& options,
                                                      const observe::File* floats = nullptr);

struct QuantizedFile {
  quantize::Report operators;
  write::WriteReport file;
  uint64_t bytes_before = 0;
};

// Any converter's file; `output` ends in .tflite and may be the same.
[[nodiscard]] Result<QuantizedFile> quantize_file(const std::filesystem::path& input, const std::filesystem::path& output,
                                                  const QuantizeOptions& options, int threads = 0);

}  // namespace kelt::pipeline
