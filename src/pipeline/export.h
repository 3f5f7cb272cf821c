// pipeline/export.h — a source module becomes a .tflite, whole or not at all.

#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "graph/module.h"
#include "pipeline/convert.h"
#include "pipeline/quantize.h"
#include "write/write.h"

namespace kelt::pipeline {

struct ExportOptions {
  ConvertOptions convert = {};
  std::optional<QuantizeOptions> quantize = {};
  int threads = 0;                 // that write; 0: as many as help
  bool constants_outside = false;  // of the flatbuffer, in any case: see litert::Model
};

struct SignatureSummary {
  std::string key;
  std::vector<std::pair<std::string, std::string>> inputs;  // name, type: "f32[n, 8]"
  std::vector<std::pair<std::string, std::string>> outputs;
};

struct Report {
  std::filesystem::path path;
  write::WriteReport file;
  std::vector<SignatureSummary> signatures;
  std::vector<std::pair<std::string, size_t>> operators;  // name and count, by name
  std::optional<quantize::Report> quantization;
};

// `path` ends in .tflite.
[[nodiscard]] Result<Report> export_file(const graph::Module& module, const std::filesystem::path& path, const ExportOptions& options = {});

}  // namespace kelt::pipeline
