// pipeline/quantize.h — a model of floats becomes one of integers: calibrated, quantized, cleaned up; and so does a file.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/sink.h"
#include "litert/model.h"
#include "quantize/quantize.h"
#include "write/write.h"

namespace kelt::pipeline {

// The statistics of these activations of the model of floats.
using Calibrate = std::function<Result<statistics::Statistics>(const litert::Model& model, const std::vector<litert::Place>& activations)>;

struct QuantizeOptions {
  quantize::Recipe recipe;
  // Asked for only where the recipe has integer activations. Without it such a recipe is rejected.
  Calibrate calibrate = {};
  Sinks sinks = {};
};

// The model as it is ready to be written, its operators' versions and its table of sources included.
[[nodiscard]] Result<quantize::Report> quantize_model(litert::Model& model, const QuantizeOptions& options);

struct QuantizedFile {
  quantize::Report operators;
  write::WriteReport file;
  uint64_t bytes_before = 0;
};

// Any converter's file; `output` ends in .tflite and may be the same.
[[nodiscard]] Result<QuantizedFile> quantize_file(const std::filesystem::path& input, const std::filesystem::path& output,
                                                  const QuantizeOptions& options, int threads = 0);

}  // namespace kelt::pipeline
